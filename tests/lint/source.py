"""What the lints share: the source tree's files and TAP output."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(*suffixes, below="."):
    """Source files with one of the suffixes, build folders left out, sorted."""
    found = []
    for path in (ROOT / below).rglob("*"):
        parts = path.relative_to(ROOT).parts
        if path.suffix in suffixes and not parts[0].startswith(("build", ".git")):
            found.append(path)
    return sorted(found)


def name(path):
    return str(path.relative_to(ROOT))


def run(*command, text=None):
    """(exit status, stdout and stderr together)"""
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def report(checks):
    """checks: {sentence: [faults]}. Prints TAP and exits with whether all held."""
    print(f"1..{len(checks)}")
    for number, (sentence, faults) in enumerate(checks.items(), 1):
        print(f"{'not ok' if faults else 'ok'} {number} {sentence}")
        for fault in faults:
            print(f"# {fault}")
    sys.exit(any(checks.values()))
