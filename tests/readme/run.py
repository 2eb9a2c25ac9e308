"""Runs every command of the README in its order, as a reader would: in the source folder, with a video and
a picture of the reader's own, a camera (an RTSP server on loopback) and a hub (an HTTP server on loopback
that serves the embedded model under every name). Arguments: build folder, RTSP server."""

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


class Hub(http.server.BaseHTTPRequestHandler):
    """The two addresses that a pull asks for: the list of files and each file."""

    def do_GET(self):
        name = self.path.rsplit("/", 1)[1]
        if self.path.startswith("/api/models/"):
            files = ",".join(f'{{"rfilename":"{path.name}"}}' for path in MODEL.iterdir())
            body = f'{{"sha":"{COMMIT}","siblings":[{files}]}}'.encode()
        elif "/resolve/" in self.path and (MODEL / name).is_file():
            body = (MODEL / name).read_bytes()
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


def read_commands():
    """The lines of the README's shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line]


def make_home(folder):
    """A source folder of the reader's own: links to ours, and a video and a picture beside them."""
    for entry in ROOT.iterdir():
        if not entry.name.startswith(("build", ".git")):
            (folder / entry.name).symlink_to(entry)
    (folder / "build").symlink_to(BUILD)
    for name, encoder in (("video.mp4", "jpegenc ! qtmux"), ("picture.png", "pngenc snapshot=true")):
        frames = 60 if name == "video.mp4" else 1
        pipeline = (
            f"videotestsrc num-buffers={frames} ! video/x-raw,width=320,height=240,framerate=15/1 "
            f"! videoconvert ! {encoder} ! filesink location={folder / name}"
        )
        subprocess.run(["gst-launch-1.0", "-q", *shlex.split(pipeline)], check=True, timeout=SECONDS)


def run(command, expected, folder, environment):
    """None, or what is wrong."""
    if command.startswith(("clipwatch", "gst-launch")):
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
camera = subprocess.Popen([RTSP_SERVER, "codec=jpeg", "rate=15", "pictures=60"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
address = camera.stdout.readline().strip()
failed = 0
commands = read_commands()
print(f"1..{len(commands)}")
with tempfile.TemporaryDirectory(prefix="clipwatch-readme-") as name:
    home = pathlib.Path(name)
    make_home(home)
    surroundings = dict(
        os.environ,
        CLIPWATCH_HUB=f"http://127.0.0.1:{hub.server_port}",
        XDG_DATA_HOME=str(home / "data"),
        XDG_CACHE_HOME=str(home / "cache"),
        GST_REGISTRY=str(BUILD / "gst-registry.bin"),
    )
    for number, command in enumerate(commands, 1):
        expected = COMMANDS.get(command)
        if command not in COMMANDS:
            fault = "this test does not know the command: say in COMMANDS what it prints"
        elif expected is None:
            print(f"ok {number} {command} # SKIP this is it")
            continue
        else:
            fault = run(
                command.replace("rtsp://camera.local/stream", address), expected, home, surroundings
            )
        failed += fault is not None
        print(f"{'not ok' if fault else 'ok'} {number} {command}")
        for line in (fault or "").splitlines():
            print(f"# {line}")
camera.stdin.close()
camera.wait()
sys.exit(failed > 0)
