#!/bin/bash
# clipwatch lint.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
paint=$2
"$paint" "$dir" || exit 1

cat > "$dir/close.txt" << 'PROMPTS'
white = a parking lot with a white car
red = a parking lot with a red car
else [background] = a wall
PROMPTS
printf 'long = %s\nshort\n' "$(printf 'word %.0s' {1..100})" > "$dir/long.txt"
printf 'day = a day\nnight = a night\nelse [background] = a room\n' > "$dir/good.txt"

run lint "$dir/good.txt"
expect "prompts without a fault may be used" exits 0
expect "nothing is said of them" [ -z "$out" ]
run lint "$dir/close.txt"
expect "prompts that are warned of may be used" exits 0
expect "a finding begins with its place" prints "close.txt:2: warning: red: "
expect "a finding has its figure" prints "51.1 %"
expect "a finding has its rule" prints "[fine-grained]"
run lint --json "$dir/close.txt"
expect "findings are one JSON object a line" json \
  '[(l["severity"], l["rule"], l["line"], l["label"], l["other_label"], l["figure"]) for l in lines] ==
    [("warning", "fine-grained", 2, "red", "white", 0.511)] and lines[0]["reason"] and lines[0]["suggestion"]'
run lint --json "$dir/long.txt"
expect "a text that would be cut is refused" exits 1
expect "it is told with its tokens" json \
  '[(l["severity"], l["figure"] > 100) for l in lines if l["rule"] == "cut-text"] == [("refusal", True)]'
printf 'thief = a thief\nelse [background] = a wall\n' > "$dir/thief.txt"
run lint --json --policy strict "$dir/thief.txt"
expect "what the policy refuses may not be used" exits 1
expect "the policy's finding has its line" json \
  'any((l["rule"], l["severity"], l["line"]) == ("policy", "refusal", 1) for l in lines)'
run lint --policy strict parking
expect "a ready file may be used under the strict policy" exits 0
expect "a policy that is missing is refused" refuses 2 "no-such" lint --policy no-such "$dir/good.txt"
run lint --json --clip "$dir/noise.ppm" "$dir/good.txt"
expect "one picture as a clip says nothing" exits 0
expect "it has no findings" json 'lines == []'
expect "a clip that is missing is refused" refuses 2 "missing.mp4" lint --clip "$dir/missing.mp4" "$dir/good.txt"
expect "prompts that are missing are refused" refuses 2 "missing.txt" lint "$dir/missing.txt"
printf 'a [treshold=1]\n' > "$dir/broken.txt"
expect "prompts that cannot be read are refused" refuses 2 "broken.txt:1" lint "$dir/broken.txt"
expect "a model that is missing is refused" refuses 2 "no-such" lint --model no-such "$dir/good.txt"
expect "no prompts are misuse" refuses 2 "which prompts?" lint
expect "a crop that is none is misuse" refuses 2 "none of model" lint --clip "$dir/noise.ppm" --crop x "$dir/good.txt"
done_testing
