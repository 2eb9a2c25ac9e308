"""How often decisions on the labelled clips agree with their labels.

    python3 tests/bench/agreement.py [--model NAME] [--prompts FILE] [--clipwatch PROGRAM]

Every label of $CLIPWATCH_SHARED/data/clips/labels.json is a class of one exclusive set, in its own
words or in those of a prompt file; each clip is looked at once a second by `clipwatch classify`. A decision agrees when its label is one whose interval covers the frame's
time; frames that no label covers are not counted. Prints a Markdown table and one line with the sums."""

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
    parser.add_argument("--prompts", help="a prompt file whose labels are those of the clips")
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


def main():
    arguments = parse_arguments()
    if not CLIPS.is_dir():
        sys.exit(f"{CLIPS} is missing (set CLIPWATCH_SHARED)")
    clips = json.loads((CLIPS / "labels.json").read_text())
    labels = sorted({event["label"] for clip in clips for event in clip["events"]})
    agreed_in_all = counted_in_all = 0
    print("| clip | frames with a label | agree | share |\n|---|---|---|---|")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as prompts:
        prompts.write("@template a photo of {}.\n" + "\n".join(labels) + "\n")
        prompts.flush()
        chosen = arguments.prompts or prompts.name
        for clip in clips:
            counted = agreed = 0
            for seconds, label in classify(arguments, chosen, CLIPS / clip["file"]):
                truth = true_labels(clip, seconds)
                counted += bool(truth)
                agreed += label in truth
            share = f"{100 * agreed / counted:.0f} %" if counted else "-"
            print(f"| {clip['file']} | {counted} | {agreed} | {share} |")
            agreed_in_all += agreed
            counted_in_all += counted
    print(
        f"\n{len(labels)} classes, {agreed_in_all} of {counted_in_all} frames agree "
        f"({100 * agreed_in_all / counted_in_all:.1f} %; by chance {100 / len(labels):.1f} %)."
    )


main()
