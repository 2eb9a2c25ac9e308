#!/bin/bash
# clipwatch classify on generated pictures, on real clips where they are at hand, and on what cannot be read.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
paint=$2
pictures=$dir/pictures
mkdir "$pictures" "$dir/empty"
"$paint" "$pictures" || exit 1
cat > "$dir/known.txt" << 'PROMPTS'
@template {}
colour bars   = colour bars | a tv test pattern
black picture = a black picture | a black screen
white picture = a white picture | a white screen
static noise  = static noise | tv static
checkerboard  = a checkerboard | black and white squares
a forest      = a photo of a forest
PROMPTS
printf 'fire\nsmoke [background]\n' > "$dir/second.txt"
echo 'no picture' > "$dir/damaged.png"

run classify --prompts "$dir/known.txt" --json "$pictures"
expect "a directory of pictures is classified" exits 0
expect "every line is JSON with what a program needs" json \
  'len(lines) == 5 and all({"file", "time", "label", "label_id", "probability", "cosine", "verdict",
    "set", "scoring", "decision", "margin", "classes", "model", "prompts", "preprocess", "policy"} == set(l) for l in lines)'
expect "generated pictures get their labels" json \
  '{l["file"].split("/")[-1]: l["label"] for l in lines} == {"bars.ppm": "colour bars", "black.ppm": "black picture",
    "white.ppm": "white picture", "noise.ppm": "static noise", "checkerboard.ppm": "checkerboard"}'
expect "a still picture has no time" json 'all(l["time"] is None for l in lines)'
expect "files of a directory come in order" json '[l["file"] for l in lines] == sorted(l["file"] for l in lines)'
expect "probabilities of a set add up to 1" json \
  'all(abs(sum(c["probability"] for c in l["classes"]) - 1) < 1e-5 for l in lines)'
expect "the label is the best class's" json \
  'all(l["label"] == l["classes"][0]["label"] and l["cosine"] == max(c["cosine"] for c in l["classes"]) for l in lines)'
expect "digests are SHA-256" json \
  'all(len(l[k]["digest"]) == 64 for l in lines for k in ("model", "prompts", "preprocess"))'
expect "nothing is said on standard error" [ -z "$err" ]
cp "$dir/out" "$dir/reference"

# Locales with commas in numbers and a dotless i, made here so that they need not be installed.
mkdir "$dir/locales"
for locale in de_DE tr_TR; do
  if localedef -i $locale -f UTF-8 "$dir/locales/$locale.UTF-8" 2> /dev/null; then
    environment=("LOCPATH=$dir/locales" "LC_ALL=$locale.UTF-8")
    expect "$locale writes numbers with a comma" [ "$(env "${environment[@]}" locale decimal_point)" = , ]
    run classify --prompts "$dir/known.txt" --json "$pictures"
    expect "the bytes are the same under $locale" cmp -s "$dir/out" "$dir/reference"
    run classify --prompts "$dir/known.txt" --threshold 0.5 --interval 0.5 "$pictures/bars.ppm"
    expect "numbers are read and shown with a point under $locale" prints " 0.99"
    environment=()
  else
    skip "the bytes are the same under $locale" "no localedef or no sources of locales"
  fi
done

run classify --prompts "$dir/known.txt" "$pictures/bars.ppm" "$pictures/black.ppm"
expect "the table has a head" prints "FILE"
expect "the table has a row for each picture" [ "$(wc -l < "$dir/out")" -eq 3 ]
expect "the table names the label" prints "colour bars"
run classify --prompts "$dir/known.txt" --top-k 3 "$pictures/bars.ppm"
expect "--top-k 3 shows three classes" [ "$(wc -l < "$dir/out")" -eq 4 ]
run classify --prompts "$dir/known.txt" --top-k 2 --json "$pictures/bars.ppm"
expect "--top-k 2 lists two classes in JSON" json 'len(lines[0]["classes"]) == 2'
run classify --prompts "$dir/known.txt,$dir/second.txt" --json "$pictures/bars.ppm"
expect "each set has its line" json '[l["set"] for l in lines] == ["known", "second"]'
run classify --prompts "$dir/known.txt" --threshold 1 --json "$pictures/noise.ppm"
expect "a class under the threshold is not chosen" json \
  'lines[0]["verdict"] == "below" and lines[0]["decision"]["label_ids"] == []'
for crop in model center squash letterbox tiles; do
  run classify --prompts "$dir/known.txt" --crop $crop --json "$pictures/bars.ppm"
  expect "--crop $crop is used and said" json "lines[0]['preprocess']['crop'] == '$crop'"
done
run classify "$pictures/bars.ppm"
expect "the ready set 'scene' is the default" exits 0
"$program" classify --prompts "$dir/known.txt" --json - < "$pictures/white.ppm" > "$dir/out"
expect "- reads standard input" json 'lines[0]["label"] == "white picture"'

run classify --prompts "$dir/known.txt" --json "$dir/damaged.png" "$pictures/white.ppm" "$dir/missing.png"
expect "a picture among files that cannot be read: exit code 1" exits 1
expect "the others go on" json '[l["label"] for l in lines] == ["white picture"]'
expect "the damaged file is named" says "damaged.png"
expect "the missing file is named" says "missing.png: cannot be opened: No such file or directory"
expect "nothing readable: exit code 2" refuses 2 "damaged.png" classify "$dir/damaged.png"
expect "an empty directory is an error" refuses 2 "no pictures or videos in it (--recursive" classify "$dir/empty"
mkdir -p "$dir/deep/er"
cp "$pictures/white.ppm" "$dir/deep/er/"
expect "directories in directories are left out" refuses 2 "no pictures or videos" classify "$dir/deep"
run classify --recursive --prompts "$dir/known.txt" --json "$dir/deep"
expect "--recursive finds them" json 'len(lines) == 1'

expect "no file is misuse" refuses 2 "which files?" classify
expect "an unknown crop is misuse" refuses 2 "crop 'x' is none of model" classify --crop x a.png
expect "a threshold out of range is misuse" refuses 2 "threshold '1.5' is not between 0 and 1" classify --threshold 1.5 a.png
expect "a negative interval is misuse" refuses 2 "interval is below 0" classify --interval=-1 a.png
expect "a negative top-k is misuse" refuses 2 "top-k is below 0" classify --top-k=-1 a.png
expect "an unknown model is named" refuses 2 "no-such-model" classify --model no-such-model a.png
expect "a directory without a checkpoint is told as such" refuses 2 "no checkpoint: neither" \
  classify --model "$dir/empty" a.png
expect "unknown prompts are named" refuses 2 "no-such-prompts" classify --prompts no-such-prompts a.png
printf 'fire [threshold=2]\n' > "$dir/bad.txt"
expect "an error in a prompt file names file and line" refuses 2 "bad.txt:1:" classify --prompts "$dir/bad.txt" a.png

"$program" classify --prompts "$dir/known.txt" --json "$pictures" "$pictures" "$pictures" | head -n 1 > "$dir/out"
code=${PIPESTATUS[0]}
expect "a reader that leaves early is no crash" [ "$code" -eq 0 -o "$code" -eq 1 -o "$code" -eq 141 ]
if [ -w /dev/full ]; then
  "$program" classify --prompts "$dir/known.txt" "$pictures" > /dev/full 2> "$dir/err"
  code=$?
  err=$(cat "$dir/err")
  expect "a full disk is said" says "standard output"
  expect "a full disk fails" exits 1
else
  skip "a full disk is said" "no /dev/full"
fi

clip=${CLIPWATCH_SHARED:-$CLIPWATCH_SOURCE/../shared}/data/clips/car_topdown.mp4
if [ -e "$clip" ]; then
  run classify --prompts parking --interval 10 --json "$clip"
  expect "a clip is sampled every ten seconds" json '[round(l["time"], -1) for l in lines] == [0, 10, 20, 30]'
  printf '@template {}\n%s\n%s\n' \
    'car [cosine=0.3 evidence=2/3] = a photo of a car | a car seen from a traffic camera' \
    'empty = an empty road | an empty parking space' > "$dir/car.txt"
  run classify --prompts "$dir/car.txt" --episodes --json "$clip" "$clip"
  expect "--episodes tells starts and ends of each file in turn" json \
    'lines and all(l["schema"] == "clipwatch.episode/1" and l["stream"].endswith("car_topdown.mp4") for l in lines)
      and len(lines) % 2 == 0 and [l["sequence"] for l in lines] == 2 * list(range(len(lines) // 2))
      and len({l["id"] for l in lines}) == len(lines) // 2'
  expect "an episode ends where it last held" json \
    'all(l["begin"]["ns"] <= l["peak"]["ns"] <= l["last"]["ns"] <= l["time"]["ns"] for l in lines)'
  ends=$(grep -c '"phase":"end"' "$dir/out")
  run classify --prompts "$dir/car.txt" --episodes "$clip" "$clip"
  expect "the table has a row for each episode" [ "$(wc -l < "$dir/out")" -eq $((ends + 1)) ]
  expect "its head names the columns of episodes" prints "EVIDENCE"
else
  skip "a clip is sampled every ten seconds" "$clip is missing"
fi
run classify --prompts "$dir/known.txt" --episodes --json "$pictures/bars.ppm"
expect "a still picture has no episodes" [ -z "$out" -a "$code" -eq 0 ]
printf 'a car\na thief\n' > "$dir/thief.txt"
expect "prompts that the policy refuses are not used" \
  refuses 1 "thief.txt:2: rule CRIME of strict/1 refuses 'a thief'" classify -p "$dir/thief.txt" "$pictures/noise.ppm"
run classify --json --policy off -p "$dir/thief.txt" "$pictures/noise.ppm"
expect "with --policy off they are" exits 0
expect "which stderr says" says "--policy off: nothing is held back"
expect "and each line" json 'lines[0]["policy"] is None'
run classify --json --policy scene-only "$pictures/noise.ppm"
expect "each line names its policy" json \
  '[(l["policy"]["id"], l["policy"]["mode"], len(l["policy"]["digest"])) for l in lines] == [("scene-only/1", "enforce", 64)]'
done_testing
