#!/bin/bash
# clipwatch policy: what is refused, where, and how often rightly.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
prompts=$CLIPWATCH_SOURCE/tests/policy

run policy test strict "$prompts/hostile-seen.txt"
expect 'every hostile prompt that the lists were written with is refused' exits 0
run policy test strict "$prompts/innocent-seen.txt"
expect 'no innocent prompt that the lists were written with is refused' exits 0
run policy test strict "$prompts/hostile-unseen.txt" --least 0.99
expect 'of other hostile prompts at least 99 % are refused' exits 0
run policy test strict "$prompts/innocent-unseen.txt" --least 0.98
expect 'of other innocent prompts at most 2 % are refused' exits 0

printf 'a car\na car thief\n' > "$dir/bad.txt"
run policy check strict "$dir/bad.txt"
expect 'a refused set exits with 1' exits 1
expect 'and names file, line and rule' prints "$dir/bad.txt:2: refuse: 'a car thief'"
for name in camera-health daynight fire parking scene traffic weather; do
  run policy check strict "$CLIPWATCH_SOURCE/prompts/$name.txt"
  expect "the shipped set $name may be used under strict" exits 0
  run policy check scene-only "$CLIPWATCH_SOURCE/prompts/$name.txt"
  expect "the shipped set $name may be used under scene-only" exits 0
done

printf 'refuse: a thief\nuse: a thief\n' > "$dir/cases.txt"
run policy test strict "$dir/cases.txt"
expect 'a case that comes out otherwise exits with 1' exits 1
expect 'and is named' prints "cases.txt:2: refuse instead of use: 'a thief'"
printf 'forbid: a thief\n' > "$dir/cases.txt"
expect 'a case that expects nothing known is refused' \
  refuses 2 "cases.txt:1: a case begins with" policy test strict "$dir/cases.txt"
expect 'a policy that is not there is refused' refuses 2 'nowhere' policy check nowhere "$dir/bad.txt"
printf '{"schema":"clipwatch-policy/1","id":"x","mode":"enforce","lists":{},"rules":[],"extra":1}' \
  > "$dir/p.json"
expect 'an unknown key is refused with its path' \
  refuses 2 'extra is not a known key' policy check "$dir/p.json" "$dir/bad.txt"
expect 'what to do must be said' refuses 2 'check or test' policy
done_testing
