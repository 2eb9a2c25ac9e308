"""How often decisions on the labelled clips agree with their labels.

    python3 tests/bench/agreement.py [--model NAME] [--prompts FILE] [--clipwatch PROGRAM]

Every label of $CLIPWATCH_SHARED/data/clips/labels.json is a class of one exclusive set; each clip is looked
at once a second by `clipwatch classify`, with the labels as they were written and again in the words of a
prompt file (tests/bench/clips.txt). A decision agrees when its label is one whose interval covers the
frame's time; frames that no label covers are not counted. Prints a Markdown table."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIPS = pathlib.Path(os.environ.get("CLIPWATCH_SHARED", ROOT.parent / "shared")) / "data/clips"


def parse_arguments():
    parser = argparse.ArgumentParser(description="Agreement of decisions with the labelled clips")
    parser.add_argument("--model", default="starter")
    parser.add_argument(
        "--prompts",
        default=str(ROOT / "tests/bench/clips.txt"),
        help="a prompt file whose labels are those of the clips",
    )
    parser.add_argument("--clipwatch", default=str(ROOT / "build/core/cli/clipwatch"))
    return parser.parse_args()


def true_labels(clip, seconds):
    return {
        event["label"]
        for event in clip["events"]
        for start, end in event["intervals"]
        if start <= seconds <= end
    }


def classify(arguments, prompts, path):
    """(seconds, label) of each sampled frame."""
    command = [arguments.clipwatch, "classify", "--model", arguments.model, "--prompts", prompts]
    done = subprocess.run(
        [*command, "--interval", "1", "--json", str(path)], capture_output=True, text=True, check=True
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return [(event["time"], event["label"]) for event in events]


def count(arguments, prompts, clip):
    """(frames that agree, frames with a label) of a clip."""
    truths = [
        (true_labels(clip, seconds), label)
        for seconds, label in classify(arguments, prompts, CLIPS / clip["file"])
    ]
    return sum(label in truth for truth, label in truths), sum(bool(truth) for truth, _ in truths)


def share(agreed, counted):
    return f"{100 * agreed / counted:.0f} %" if counted else "-"


def main():
    arguments = parse_arguments()
    if not CLIPS.is_dir():
        sys.exit(f"{CLIPS} is missing (set CLIPWATCH_SHARED)")
    clips = json.loads((CLIPS / "labels.json").read_text())
    labels = sorted({event["label"] for clip in clips for event in clip["events"]})
    sums = [0, 0]
    frames = 0
    print("| clip | frames | labels as written | in other words |\n|---|---|---|---|")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as written:
        written.write("@template a photo of {}.\n" + "\n".join(labels) + "\n")
        written.flush()
        for clip in clips:
            shares = []
            for i, prompts in enumerate((written.name, arguments.prompts)):
                agreed, counted = count(arguments, prompts, clip)
                sums[i] += agreed
                shares.append(share(agreed, counted))
            frames += counted
            print(f"| {clip['file']} | {counted} | {shares[0]} | {shares[1]} |")
    print(f"| all | {frames} | {share(sums[0], frames)} | {share(sums[1], frames)} |")
    print(f"\n{len(labels)} classes; by chance {share(1, len(labels))}.")


main()
