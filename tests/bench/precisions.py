"""What a precision costs on real photos: cosines with f32, and the share that is named right.

    python3 tests/bench/precisions.py [--model NAME] [--clipwatch PROGRAM]

Takes every labelled set of $CLIPWATCH_SHARED/data/images; the classes of a set are its labels, as "a photo of
a LABEL.". Prints a Markdown table."""

import argparse
import array
import csv
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
IMAGES = pathlib.Path(os.environ.get("CLIPWATCH_SHARED", ROOT.parent / "shared")) / "data/images"
LABEL_COLUMNS = ["label", "openai_classname", "scene"]
PRECISIONS = ["f32", "bf16", "int8"]
FILES_AT_ONCE = 500


def parse_arguments():
    parser = argparse.ArgumentParser(description="What a precision costs on real photos")
    parser.add_argument("--model", default="starter")
    parser.add_argument("--clipwatch", default=str(ROOT / "build/core/cli/clipwatch"))
    return parser.parse_args()


def embed(arguments, precision, inputs, *options):
    """Unit vectors, one for each input."""
    command = [arguments.clipwatch, "embed", "--format", "raw", "--model", arguments.model, *options]
    numbers = array.array("f")
    for i in range(0, len(inputs), FILES_AT_ONCE):
        some = inputs[i : i + FILES_AT_ONCE]
        done = subprocess.run([*command, "--precision", precision, "--", *some], capture_output=True, check=True)
        numbers.frombytes(done.stdout)
    dim = len(numbers) // len(inputs)
    return [numbers[i * dim : (i + 1) * dim] for i in range(len(inputs))]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def read_set(folder):
    """Files and labels of the photos that have one."""
    with open(folder / "labels.csv", newline="") as table:
        rows = list(csv.DictReader(table))
    column = next((name for name in LABEL_COLUMNS if name in rows[0]), None)
    pairs = [(str(folder / row["file"]), row[column]) for row in rows if column and row[column]]
    return [file for file, _ in pairs], [label for _, label in pairs]


def main():
    arguments = parse_arguments()
    if not IMAGES.is_dir():
        sys.exit(f"{IMAGES} is missing (set CLIPWATCH_SHARED)")
    cosines = {precision: [] for precision in PRECISIONS}
    right = dict.fromkeys(PRECISIONS, 0)
    n = 0
    print("| set | photos | classes | " + " | ".join(f"{p} right" for p in PRECISIONS) + " |")
    print("|---" * (3 + len(PRECISIONS)) + "|")
    for folder in sorted(path.parent for path in IMAGES.glob("*/labels.csv")):
        files, labels = read_set(folder)
        if not files:
            continue
        classes = sorted(set(labels))
        shares = []
        exact = None
        for precision in PRECISIONS:
            texts = embed(arguments, precision, [f"a photo of a {c.replace('_', ' ')}." for c in classes], "--text")
            vectors = embed(arguments, precision, files)
            exact = exact or vectors
            cosines[precision] += [dot(a, b) for a, b in zip(vectors, exact)]
            named = [max(range(len(classes)), key=lambda c: dot(texts[c], v)) for v in vectors]
            hits = sum(classes[c] == label for c, label in zip(named, labels))
            right[precision] += hits
            shares.append(f"{100 * hits / len(files):.1f} %")
        n += len(files)
        print(f"| {folder.name} | {len(files)} | {len(classes)} | " + " | ".join(shares) + " |", flush=True)
    print(f"| all | {n} | | " + " | ".join(f"{100 * right[p] / n:.2f} %" for p in PRECISIONS) + " |\n")
    for precision in PRECISIONS[1:]:
        mean = sum(cosines[precision]) / n
        print(f"{precision}: cosine with f32 {mean:.6f} mean, {min(cosines[precision]):.6f} least.")


main()
