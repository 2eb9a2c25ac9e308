#!/bin/bash
# clipwatch calibrate on generated pictures, and classify with what it made.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
paint=$2
pictures=$dir/pictures
mkdir "$pictures" "$dir/labels"
"$paint" "$pictures" || exit 1
cat > "$dir/known.txt" << 'PROMPTS'
@template {}
colour bars   = colour bars | a tv test pattern
black picture = a black picture | a black screen
white picture [id=white] = a white picture | a white screen
static noise  = static noise | tv static
PROMPTS
for label in "colour bars:bars" "black picture:black" "white:white" "static noise:noise"; do
  mkdir "$dir/labels/${label%:*}"
  cp "$pictures/${label#*:}.ppm" "$dir/labels/${label%:*}/"
done
calibrate=(calibrate --prompts "$dir/known.txt" --output "$dir/c.json")

run "${calibrate[@]}" "$dir/labels"
expect "a directory for each label makes a calibration" exits 0
expect "it says what was found" prints "known: 4 scenes; of 16 scores 4 are of classes that hold; temperature "
expect "the file is JSON bound to four digests" python3 -c "
import json, sys
c = json.load(open('$dir/c.json')); s = c['sets'][0]
sys.exit(not (c['schema'] == 'clipwatch.calibration/1' and s['set'] == 'known' and s['fit']['temperature'] > 0
  and all(len(d) == 64 for d in (c['model'], c['preprocess'], s['texts'], s['templates']))
  and [k['label_id'] for k in s['classes']] == ['colour-bars', 'black-picture', 'white', 'static-noise']))"
cp "$dir/c.json" "$dir/first.json"
run "${calibrate[@]}" "$dir/labels"
expect "the same pictures give the same bytes" cmp -s "$dir/c.json" "$dir/first.json"

classify=(classify --prompts "$dir/known.txt" --json)
run "${classify[@]}" --calibration "$dir/c.json" "$pictures/bars.ppm" "$pictures/checkerboard.ppm"
expect "decisions have z-scores and calibrated probabilities" json \
  'all(isinstance(c["z"], float) and 0 <= c["calibrated"] <= 1 for l in lines for c in l["classes"])'
expect "what holds has the higher probability" json \
  'max(c["calibrated"] for c in lines[0]["classes"]) == lines[0]["classes"][0]["calibrated"] > 0.5'
run "${classify[@]}" "$pictures/bars.ppm"
expect "without a calibration there are no such numbers" json \
  'all(c["z"] is None and c["calibrated"] is None for c in lines[0]["classes"])'

mkdir "$dir/moved"
sed 's/^colour bars  /colour bars [calibrated=0.5 leave=0.3]/' "$dir/known.txt" > "$dir/moved/known.txt"
run classify --prompts "$dir/moved/known.txt" --json --calibration "$dir/c.json" "$pictures/bars.ppm"
expect "thresholds may change and may be on calibrated numbers" json \
  'lines[0]["classes"][0]["threshold"] == {"kind": "calibrated", "value": 0.5} and lines[0]["verdict"] == "chosen"'
expect "such a threshold needs a calibration" \
  refuses 2 "class 'colour bars' has a threshold on its calibrated probability, and there is no calibration" \
  classify --prompts "$dir/moved/known.txt" "$pictures/bars.ppm"
mkdir "$dir/reworded"
sed 's/a tv test pattern/a test card/' "$dir/known.txt" > "$dir/reworded/known.txt"
expect "other texts are refused" refuses 2 "was calibrated with another set of texts" \
  classify --prompts "$dir/reworded/known.txt" --calibration "$dir/c.json" "$pictures/bars.ppm"
expect "another crop is refused" refuses 2 "was calibrated with another preprocessing" \
  "${classify[@]}" --crop squash --calibration "$dir/c.json" "$pictures/bars.ppm"
expect "a set that is not in it is refused" refuses 2 "no set 'parking' in it" \
  classify --prompts parking --calibration "$dir/c.json" "$pictures/bars.ppm"
expect "a file that is none is refused" refuses 2 "known.txt" \
  "${classify[@]}" --calibration "$dir/known.txt" "$pictures/bars.ppm"

expect "too few quiet pictures are refused" refuses 1 "1 pictures of 'gate' are too few for a baseline" \
  "${calibrate[@]}" --camera gate "$pictures/checkerboard.ppm"
mkdir "$dir/quiet"
for i in $(seq 60); do ln "$pictures/checkerboard.ppm" "$dir/quiet/$i.ppm"; done
run "${calibrate[@]}" --camera gate "$dir/quiet"
expect "sixty make a baseline beside the fit" prints "known: baseline of 'gate' from 60 pictures"
run "${calibrate[@]}" --camera gate "$dir/quiet"
expect "sixty more go on with it" prints "baseline of 'gate' from 120 pictures"
run "${classify[@]}" --calibration "$dir/c.json" --camera gate "$pictures/checkerboard.ppm"
expect "on its own camera a quiet picture is nothing unusual" json 'all(abs(c["z"]) < 0.5 for c in lines[0]["classes"])'
expect "and so it is unknown" json 'lines[0]["verdict"] == "unknown" and lines[0]["decision"]["label_ids"] == []'
run "${calibrate[@]}" "$dir/labels"
expect "a new fit keeps the cameras" grep -q '"stream":"gate"' "$dir/c.json"
expect "a camera is not added to a calibration of other texts" refuses 2 "was calibrated with another set of texts" \
  calibrate --prompts "$dir/reworded/known.txt" --output "$dir/c.json" --camera yard "$dir/quiet"

cat > "$dir/labels.json" << JSON
[{"file": "pictures/bars.ppm", "events": [{"label": "colour bars", "intervals": [[0, 1]]}]},
 {"file": "pictures/noise.ppm", "events": [{"label": "static noise", "intervals": [[0, 1]]}]}]
JSON
run "${calibrate[@]}" "$dir/labels.json"
expect "labels.json names files beside it" prints "known: 2 scenes"
echo '[{"file": "a.mp4", "events": [{"label": "x", "intervals": [[2, 1]]}]}]' > "$dir/bad.json"
expect "an interval that ends before it begins is refused by its place" \
  refuses 2 "[0].events[0].intervals[0]: not [start, end] in seconds" "${calibrate[@]}" "$dir/bad.json"
echo '{}' > "$dir/bad.json"
expect "labels that are no list are refused" refuses 2 "not a list" "${calibrate[@]}" "$dir/bad.json"
expect "a directory without directories is refused" refuses 2 "no directory in it" "${calibrate[@]}" "$pictures"
rm -r "$dir/labels/"*
mkdir "$dir/labels/a forest"
cp "$pictures/bars.ppm" "$dir/labels/a forest/"
expect "labels that are no class are told" refuses 1 "no picture shows any of its classes" "${calibrate[@]}" "$dir/labels"
expect "a time without a camera is misuse" refuses 2 "--seconds goes with --camera" "${calibrate[@]}" --seconds 5 "$dir/labels"
expect "no labels are misuse" refuses 2 "which labelled pictures" calibrate
done_testing
