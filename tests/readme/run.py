"""Runs every command of the README and of docs/STREAMS.md in its order, as a reader would: in the source folder,
with a video and a picture of the reader's own, cameras (RTSP servers on loopback) and a hub (an HTTP server on
loopback that serves the embedded model under every name, and an HLS stream). Arguments: build folder, RTSP
server."""

import http.server
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv[1])
RTSP_SERVER = sys.argv[2]
MODEL = ROOT / "models/starter"
COMMIT = "0" * 40
SECONDS = 120  # for one command
CAMERA_SECONDS = 5  # then a pipeline that goes on for ever is interrupted

# A command as it stands in the README: what its output must hold. None: not run here. A command that is
# not in this table fails.
COMMANDS = {
    "./examples/quickstart": "18 of 18 as expected",
    "./examples/quickstart video.mp4": '"schema":"clipwatch.event/1"',
    "./tests/run": None,  # this test is part of it
    "meson devenv -C build -w .": "",  # the shell that the following commands are run in
    "gst-launch-1.0 -m rtspsrc location=rtsp://camera.local/stream ! decodebin ! clipclassify prompts=parking ! fakesink": "clipclassify, ",
    "gst-launch-1.0 -m filesrc location=video.mp4 ! decodebin ! clipclassify prompts=prompts/parking.txt sync=true ! fakesink": "clipclassify, ",
    "clipwatch classify --prompts scene video.mp4 picture.png": "picture.png",
    "clipwatch pull --list": "clip-vit-b-32",
    "clipwatch pull clip-vit-b-32": "",
    "clipwatch info clip-vit-b-32": "clip-vit-b-32",
    "clipwatch classify --model clip-vit-b-32 --prompts scene picture.png": "picture.png",
}

# The same of docs/STREAMS.md.
DECISION = "clipclassify, "
SINK = " ! clipclassify interval=0 ! fakesink"
SINK_OF_FILES = " ! clipclassify interval=0 sync=true ! fakesink"
DEPAYLOAD = "rtph264depay ! h264parse config-interval=-1"
RTSP = "gst-launch-1.0 -m rtspsrc location=rtsp://camera.local/stream ! " + DEPAYLOAD
STREAMS = {
    "gst-launch-1.0 -m clipsource uri=rtsp://camera.local/stream keyframes-only=true ! clipclassify prompts=parking interval=0 ! fakesink": DECISION,
    RTSP + " ! clipsampler ! decodebin" + SINK: DECISION,
    RTSP + " ! tee name=t t. ! queue ! matroskamux ! filesink location=recording.mkv t. ! queue leaky=downstream ! clipsampler ! decodebin" + SINK: DECISION,
    "gst-launch-1.0 -m v4l2src device=/dev/video0 ! image/jpeg ! clipsampler ! jpegdec" + SINK: None,
    "gst-launch-1.0 -m v4l2src device=/dev/video0 ! videoconvert ! clipclassify ! fakesink": None,
    "gst-launch-1.0 -m clipsource uri=v4l2:///dev/video0 ! clipclassify ! fakesink": None,
    "gst-launch-1.0 -m filesrc location=video.mp4 ! decodebin ! clipclassify sync=true ! fakesink": DECISION,
    "gst-launch-1.0 -m filesrc location=video.mp4 ! parsebin ! clipsampler ! decodebin" + SINK_OF_FILES: DECISION,
    "gst-launch-1.0 -m clipsource uri=file://$PWD/video.mp4 keyframes-only=true" + SINK_OF_FILES: DECISION,
    "gst-launch-1.0 -m clipsource uri=https://camera.local/live.m3u8 keyframes-only=true" + SINK: DECISION,
}

DOCUMENTS = (("README.md", COMMANDS), ("docs/STREAMS.md", STREAMS))


class Hub(http.server.BaseHTTPRequestHandler):
    """The two addresses that a pull asks for, the list of files and each file; and what lies in live."""

    live = None

    def do_GET(self):
        name = self.path.rsplit("/", 1)[1]
        if self.path.startswith("/api/models/"):
            files = ",".join(f'{{"rfilename":"{path.name}"}}' for path in MODEL.iterdir())
            body = f'{{"sha":"{COMMIT}","siblings":[{files}]}}'.encode()
        elif "/resolve/" in self.path and (MODEL / name).is_file():
            body = (MODEL / name).read_bytes()
        elif (self.live / name).is_file():
            body = (self.live / name).read_bytes()
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *arguments):
        pass


def read_commands(document):
    """The lines of its shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / document).read_text(), re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line]


def make_home(folder):
    """A source folder of the reader's own: links to ours, and a video and a picture beside them."""
    for entry in ROOT.iterdir():
        if not entry.name.startswith(("build", ".git")):
            (folder / entry.name).symlink_to(entry)
    (folder / "build").symlink_to(BUILD)
    (folder / "live").mkdir()
    sinks = {
        "video.mp4": f"jpegenc ! qtmux ! filesink location={folder}/video.mp4",
        "picture.png": f"pngenc snapshot=true ! filesink location={folder}/picture.png",
        "live.m3u8": f"openh264enc gop-size=15 ! h264parse ! mpegtsmux ! filesink location={folder}/live/0.ts",
    }
    for name, sink in sinks.items():
        frames = 1 if name == "picture.png" else 60
        pipeline = (
            f"videotestsrc num-buffers={frames} ! video/x-raw,width=320,height=240,framerate=15/1 "
            f"! videoconvert ! {sink}"
        )
        subprocess.run(["gst-launch-1.0", "-q", *shlex.split(pipeline)], check=True, timeout=SECONDS)
    (folder / "live/live.m3u8").write_text(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4.0,\n0.ts\n#EXT-X-ENDLIST\n"
    )


def run(command, expected, folder, environment):
    """None, or what is wrong."""
    if "clipsource uri=rtsp" in command:
        command = f"timeout --preserve-status -s INT {CAMERA_SECONDS} {command} || test $? = 130"
    if command.startswith(("clipwatch", "gst-launch", "timeout")):
        command = "meson devenv -C build -w . " + command
    elif command.startswith("meson devenv"):
        command += " true"
    try:
        done = subprocess.run(
            command.replace(" ! ", " '!' "),
            shell=True,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return done_badly("did not end", late.stdout)
    if done.returncode != 0:
        return done_badly(f"exit status {done.returncode}", done.stdout)
    if expected not in done.stdout.decode(errors="replace"):
        return done_badly(f"prints no '{expected}'", done.stdout)
    return None


def done_badly(what, output):
    return what + "\n" + "\n".join((output or b"").decode(errors="replace").splitlines()[-15:])


hub = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=hub.serve_forever, daemon=True).start()


def start_camera(codec):
    """(process, address)"""
    started = subprocess.Popen(
        [RTSP_SERVER, f"codec={codec}", "rate=15", "pictures=60"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return started, started.stdout.readline().strip()


cameras = {document: start_camera(codec) for document, codec in (("README.md", "jpeg"), ("docs/STREAMS.md", "h264"))}
failed = 0
commands = [(document, line) for document, _ in DOCUMENTS for line in read_commands(document)]
print(f"1..{len(commands)}")
with tempfile.TemporaryDirectory(prefix="clipwatch-readme-") as name:
    home = pathlib.Path(name)
    make_home(home)
    Hub.live = home / "live"
    surroundings = dict(
        os.environ,
        CLIPWATCH_HUB=f"http://127.0.0.1:{hub.server_port}",
        XDG_DATA_HOME=str(home / "data"),
        XDG_CACHE_HOME=str(home / "cache"),
        GST_REGISTRY=str(BUILD / "gst-registry.bin"),
    )
    for number, (document, command) in enumerate(commands, 1):
        known = dict(DOCUMENTS)[document]
        expected = known.get(command)
        if command not in known:
            fault = "this test does not know the command: say in COMMANDS what it prints"
        elif expected is None:
            print(f"ok {number} {command} # SKIP not run here")
            continue
        else:
            there = command.replace("rtsp://camera.local/stream", cameras[document][1]).replace(
                "https://camera.local", f"http://127.0.0.1:{hub.server_port}"
            )
            fault = run(there, expected, home, surroundings)
        failed += fault is not None
        print(f"{'not ok' if fault else 'ok'} {number} {command}")
        for line in (fault or "").splitlines():
            print(f"# {line}")
for camera, _ in cameras.values():
    camera.stdin.close()
    camera.wait()
sys.exit(failed > 0)
