# Shared by the tests of the program: sourced, with the program in $1. Each case is a sentence.
# shellcheck shell=bash
set -u
program=$1
dir=$(mktemp -d)
cases=0
failures=0
server=
environment=() # VARIABLE=VALUE for the program alone

finish() {
  [ -z "$server" ] || kill "$server"
  rm -rf "$dir"
}
trap finish EXIT

# run ARGUMENT…: runs the program; its output is in $out, its messages in $err, its exit code in $code.
run() {
  env "${environment[@]}" "$program" "$@" > "$dir/out" 2> "$dir/err" < /dev/null
  code=$?
  out=$(cat "$dir/out")
  err=$(cat "$dir/err")
}

# expect SENTENCE COMMAND…: the case passes when the command does.
expect() {
  local sentence=$1
  shift
  cases=$((cases + 1))
  if "$@"; then
    echo "ok $cases - $sentence"
  else
    failures=$((failures + 1))
    echo "not ok $cases - $sentence"
    echo "# failed: ${*//$'\n'/ }"
    printf 'exit %s\nout: %s\nerr: %s\n' "${code:-}" "${out:-}" "${err:-}" | head -c 3000 | sed 's/^/# /'
  fi
}

skip() {
  cases=$((cases + 1))
  echo "ok $cases - $1 # SKIP $2"
}

exits() { [ "$code" -eq "$1" ]; }
says() { case $err in *"$1"*) ;; *) return 1 ;; esac; }
prints() { case $out in *"$1"*) ;; *) return 1 ;; esac; }

# refuses CODE MESSAGE ARGUMENT…: exit code and message; nothing on standard output.
refuses() {
  local expected=$1 message=$2
  shift 2
  run "$@"
  exits "$expected" && says "$message" && [ -z "$out" ]
}

# json EXPRESSION: true in Python for the list `lines` of what was printed, each parsed strictly.
json() {
  python3 - "$1" "$dir/out" << 'PYTHON'
import json, math, sys
def no_constant(text):
    raise ValueError(text)
lines = [json.loads(line, parse_constant=no_constant) for line in open(sys.argv[2], encoding="utf-8")]
sys.exit(0 if eval("(" + sys.argv[1] + ")") else 1)
PYTHON
}

done_testing() {
  echo "1..$cases"
  [ "$failures" -eq 0 ]
}
