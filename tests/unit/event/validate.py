"""Holds events, one line each on standard input, against the schema that is named.

A line that starts with '!' must be refused; every other one must be valid. Prints plain
findings and exits 1 at any surprise, 77 where python3 has no jsonschema."""

import json
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)

failed = False
n_lines = 0
for line in sys.stdin.buffer.read().decode("utf-8").split("\n"):
    if not line:
        continue
    n_lines += 1
    must_fail = line.startswith("!")
    errors = [error.message for error in validator.iter_errors(json.loads(line.lstrip("!")))]
    if bool(errors) != must_fail:
        failed = True
        print(f"line {n_lines}: {errors or 'valid, and should be refused'}\n  {line}", file=sys.stderr)
if n_lines == 0:
    print("no line to look at", file=sys.stderr)
sys.exit(1 if failed or n_lines == 0 else 0)
