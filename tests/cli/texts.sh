#!/bin/bash
# clipwatch tokenize and embed.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
paint=$2
"$paint" "$dir" || exit 1

run tokenize --json 'A photo of a café.' 'a'
expect "tokens are one JSON object a line" json \
  'len(lines) == 2 and all(len(l["ids"]) == len(l["pieces"]) > 0 and l["fits"] for l in lines)'
expect "the text is repeated as it was given" json 'lines[0]["text"] == "A photo of a café."'
expect "pieces are the cleaned text" json '"".join(lines[1]["pieces"]) == "a"'
run tokenize 'a photo'
expect "people see ids beside pieces" prints "|photo|"
expect "people see how much fits" prints " of 32 with both ends)"
long=$(printf 'word %.0s' {1..100})
run tokenize --json "$long"
expect "a text that is too long is said to be" json 'not lines[0]["fits"]'
printf 'a cat\na dog\n' | "$program" tokenize --json > "$dir/out"
expect "without arguments lines of standard input are read" json '[l["text"] for l in lines] == ["a cat", "a dog"]'
run tokenize -- --json
expect "what follows -- is a text" exits 0
run tokenize a '<|endoftext|>' b
expect "a control token inside a text is refused, the others go on" exits 1
expect "the control token is named" says "<|endoftext|>"
expect "the other texts are shown" [ "$(wc -l < "$dir/out")" -eq 2 ]

run embed --text 'a cat' 'a dog'
expect "texts become unit vectors" json \
  'all(abs(math.hypot(*l["embedding"]) - 1) < 1e-5 for l in lines) and [l["text"] for l in lines] == ["a cat", "a dog"]'
cp "$dir/out" "$dir/vectors.json"
run embed "$dir/bars.ppm" "$dir/noise.ppm"
expect "pictures become unit vectors" json \
  'all(abs(math.hypot(*l["embedding"]) - 1) < 1e-5 and l["time"] is None for l in lines) and len(lines) == 2'
"$program" embed --text --format raw 'a cat' 'a dog' > "$dir/raw"
cp "$dir/vectors.json" "$dir/out"
expect "raw holds the same numbers as little-endian f32" json \
  'all(abs(a - b) < 1e-8 for a, b in zip(__import__("array").array("f", open(sys.argv[2][:-3] + "raw", "rb").read()),
    lines[0]["embedding"] + lines[1]["embedding"], strict=True))'
expect "a text that is too long is refused" refuses 2 "" embed --text "$long"
expect "a file that is missing is refused" refuses 2 "missing.png" embed "$dir/missing.png"
expect "an unknown format is misuse" refuses 2 "--format is json or raw" embed --format npy a
expect "an unknown precision is misuse" refuses 2 "--precision is auto" embed --precision f64 a
expect "no input is misuse" refuses 2 "what?" embed
done_testing
