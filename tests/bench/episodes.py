"""How well episodes on the labelled clips agree with their labels.

    python3 tests/bench/episodes.py [--model NAME] [--prompts FILE] [--interval SECONDS] [--clipwatch PROGRAM]

For each clip of $CLIPWATCH_SHARED/data/clips/labels.json in turn, thresholds are chosen and a calibration is fitted on
all other clips, and `clipwatch classify --episodes` judges that one: each with a raw threshold on the softmax
probability (one frame starts and ends an episode), with hysteresis and two of three frames, and with the same on the
calibrated probability. An episode is right when it overlaps an interval of its label, and a false alarm otherwise.
The last column needs no threshold: how often a class that holds in a frame has a higher number than one that does not,
over all frames of the clips so judged.
Prints a Markdown table; intervals are 95 %: Wilson's for shares, Garwood's for rates, and for the last column from
drawing the clips anew."""

import argparse
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIPS = pathlib.Path(os.environ.get("CLIPWATCH_SHARED", ROOT.parent / "shared")) / "data/clips"
TOLERANCE = 2.0  # seconds that a start or end may be off

# name: (attributes of each class for a threshold, which number of a decision the threshold is held against)
METHODS = {
    "raw threshold": ("threshold={t:.4f} leave={t:.4f} evidence=1/1 gap=1h", "probability"),
    "hysteresis": ("threshold={t:.4f} leave={half:.4f} evidence=2/3 gap=1h", "probability"),
    "calibrated": ("calibrated={t:.4f} leave={half:.4f} evidence=2/3 gap=1h", "calibrated"),
}


def parse_arguments():
    parser = argparse.ArgumentParser(description="Agreement of episodes with the labelled clips")
    parser.add_argument("--model", default="starter")
    parser.add_argument("--prompts", default=str(ROOT / "tests/bench/clips.txt"))
    parser.add_argument("--interval", default="0.5", help="seconds between two frames")
    parser.add_argument("--clipwatch", default=str(ROOT / "build/core/cli/clipwatch"))
    return parser.parse_args()


class Bench:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.folder = pathlib.Path(folder)
        self.prompts = pathlib.Path(arguments.prompts)
        self.calibration = self.folder / "calibration.json"

    def run(self, command, prompts, *rest):
        arguments = self.arguments
        done = subprocess.run(
            [arguments.clipwatch, command, "--model", arguments.model, "--prompts", str(prompts), *rest],
            capture_output=True, text=True,
        )
        if done.returncode != 0:
            sys.exit(done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()] if "--json" in rest else done.stdout

    def calibrate(self, clips):
        labels = [{"file": str(CLIPS / clip["file"]), "events": clip["events"]} for clip in clips]
        (self.folder / "labels.json").write_text(json.dumps(labels))
        self.calibration.unlink(missing_ok=True)
        self.run("calibrate", self.prompts, "--interval", self.arguments.interval, "--output",
                 str(self.calibration), str(self.folder / "labels.json"))

    def classify(self, prompts, clip, *rest):
        return self.run("classify", prompts, "--interval", self.arguments.interval, "--calibration",
                        str(self.calibration), "--json", *rest, str(CLIPS / clip["file"]))

    def write_prompts(self, attributes):
        """The prompts with these attributes in every class, under the same name."""
        path = self.folder / self.prompts.name
        lines = []
        for line in self.prompts.read_text().splitlines():
            label, equals, phrasings = line.partition("=")
            is_class = line.strip() and line[0] not in "#@"
            lines.append(f"{label.strip()} [{attributes}] {equals}{phrasings}" if is_class else line)
        path.write_text("\n".join(lines) + "\n")
        return path


def holds(clip, label, seconds):
    return any(
        start <= seconds <= end
        for event in clip["events"] if event["label"] == label
        for start, end in event["intervals"]
    )


def score_frames(frames, number):
    """(score, whether it holds) of each class in each frame that has a label. frames: (clip, decision)."""
    scored = []
    for clip, decision in frames:
        labelled = any(holds(clip, event["label"], decision["time"]) for event in clip["events"])
        for item in decision["classes"] if labelled else []:
            scored.append((item[number], holds(clip, item["label"], decision["time"])))
    return scored


def choose_for_budget(frames, number, share=0.01):
    """The least threshold that at most this share of the classes that do not hold reaches."""
    wrong = sorted((score for score, truth in score_frames(frames, number) if not truth), reverse=True)
    return max(wrong[int(share * len(wrong))], 0.001) + 0.0001


def choose_for_f1(frames, number):
    """The threshold with the best F1 of frames and classes."""
    scored = sorted(score_frames(frames, number), reverse=True)
    n_true = sum(truth for _, truth in scored)
    best, threshold, right = -1.0, 1.0, 0
    for i, (score, truth) in enumerate(scored, 1):
        right += truth
        if (f1 := 2 * right / (i + n_true)) > best:
            best, threshold = f1, score
    return max(threshold, 0.001)


def rank(scored):
    """How often one that holds stands above one that does not; ties count half."""
    scored.sort()
    above = n_true = n_false = i = 0
    while i < len(scored):
        j = i
        while j < len(scored) and scored[j][0] == scored[i][0]:
            j += 1
        trues = sum(truth for _, truth in scored[i:j])
        above += trues * (n_false + (j - i - trues) / 2)
        n_true += trues
        n_false += j - i - trues
        i = j
    return above / (n_true * n_false)


def rank_with_interval(by_clip):
    """by_clip: scored frames of each clip."""
    draw = random.Random(1)
    ranks = sorted(
        rank([pair for clip in draw.choices(by_clip, k=len(by_clip)) for pair in clip]) for _ in range(400)
    )
    return f"{rank([pair for clip in by_clip for pair in clip]):.2f} ({ranks[9]:.2f}-{ranks[389]:.2f})"


# Two ways to choose a threshold on the other clips: in prose, and how.
CHOICES = {
    "thresholds with the best F1 on the other clips": choose_for_f1,
    "thresholds that 1 % of what does not hold reaches on the other clips": choose_for_budget,
}


def overlaps(a, b):
    return a[0] <= b[1] and b[0] <= a[1]


class Tally:
    def __init__(self):
        self.truths = self.found = self.starts = self.ends = self.episodes = self.right = 0
        self.frames = []  # of each clip, with their scores

    def judge(self, clip, episodes):
        """episodes: (label, begin, end)"""
        truths = [(event["label"], tuple(i)) for event in clip["events"] for i in event["intervals"]]
        self.episodes += len(episodes)
        self.right += sum(
            any(label == truth and overlaps((begin, end), span) for truth, span in truths)
            for label, begin, end in episodes
        )
        for truth, span in truths:
            mine = [(b, e) for label, b, e in episodes if label == truth and overlaps((b, e), span)]
            self.truths += 1
            self.found += bool(mine)
            if mine:
                self.starts += abs(min(b for b, _ in mine) - span[0]) <= TOLERANCE
                self.ends += abs(max(e for _, e in mine) - span[1]) <= TOLERANCE


def wilson(k, n):
    if n == 0:
        return "-"
    z, p = 1.96, k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return f"{100 * p:.0f} % ({100 * max(middle - half, 0):.0f}-{100 * min(middle + half, 1):.0f})"


def poisson_bound(k, share):
    """The mean of which at most k events are seen in that share of cases."""
    low, high = 0.0, k + 20 * math.sqrt(k + 1) + 20
    for _ in range(100):
        mean = (low + high) / 2
        term = total = math.exp(-mean)
        for i in range(1, k + 1):
            term *= mean / i
            total += term
        low, high = (mean, high) if total > share else (low, mean)
    return low


def per_hour(k, hours):
    lower = poisson_bound(k - 1, 0.975) if k > 0 else 0.0
    return f"{k / hours:.0f} ({lower / hours:.0f}-{poisson_bound(k, 0.025) / hours:.0f})"


def judge_clip(bench, clips, i, tallies):
    others = clips[:i] + clips[i + 1:]
    bench.calibrate(others)
    frames = [(clip, decision) for clip in others for decision in bench.classify(bench.prompts, clip)]
    judged = [(clips[i], decision) for decision in bench.classify(bench.prompts, clips[i])]
    for (choice, name), tally in tallies.items():
        attributes, number = METHODS[name]
        tally.frames.append(score_frames(judged, number))
        t = min(CHOICES[choice](frames, number), 1.0)
        prompts = bench.write_prompts(attributes.format(t=t, half=t / 2))
        ended = [line for line in bench.classify(prompts, clips[i], "--episodes") if line["phase"] == "end"]
        tally.judge(
            clips[i],
            [(line["label"], line["begin"]["ns"] / 1e9, line["last"]["ns"] / 1e9) for line in ended],
        )


def print_row(name, tally, hours):
    print(
        f"| {name} | {tally.episodes} | {wilson(tally.right, tally.episodes)} | "
        f"{wilson(tally.found, tally.truths)} | {wilson(tally.starts, tally.truths)} | "
        f"{wilson(tally.ends, tally.truths)} | {per_hour(tally.episodes - tally.right, hours)} | "
        f"{rank_with_interval(tally.frames)} |"
    )


def main():
    arguments = parse_arguments()
    if not CLIPS.is_dir():
        sys.exit(f"{CLIPS} is missing (set CLIPWATCH_SHARED)")
    clips = json.loads((CLIPS / "labels.json").read_text())
    hours = sum(clip["duration"] for clip in clips) / 3600
    tallies = {(choice, name): Tally() for choice in CHOICES for name in METHODS}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments, folder)
        for i in range(len(clips)):
            judge_clip(bench, clips, i, tallies)
    for choice in CHOICES:
        print(f"| {choice} | episodes | precision | recall | start within 2 s | end within 2 s | "
              "false alarms per hour | ranked right |\n|---|---|---|---|---|---|---|---|")
        for name in METHODS:
            print_row(name, tallies[choice, name], hours)
        print()
    print(f"{len(clips)} clips, {next(iter(tallies.values())).truths} intervals, {3600 * hours:.0f} seconds.")


main()
