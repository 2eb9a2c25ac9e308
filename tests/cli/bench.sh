#!/bin/bash
# clipwatch bench: every kind prints one JSON line with the fields that docs/PERFORMANCE.md lists. How fast is
# not looked at.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"

# line MEMBER…: one line, whose machine is named and whose members are numbers above 0.
line() {
  local members=$*
  exits 0 && json "len(lines) == 1 and bool(lines[0]['cpu'] and lines[0]['isa']) and all(lines[0][m] > 0 for m in '$members'.split())"
}

run bench encoder --seconds 0 --precision bf16 --threads 1 --batch 2 starter
expect "encoder tells time, work and ceiling" line ms_per_image ms_per_image_p10 ms_per_image_p90 images_per_second \
  dense_gflop openblas_ms_per_image ratio_to_openblas peak_memory_bytes weights_bytes runs
expect "encoder tells what ran" json \
  '[lines[0][k] for k in ("bench", "model", "precision", "threads", "batch")] == ["encoder", "starter", "bf16", 1, 2]'
expect "the share of the ceiling is dense work over time over ceiling" json \
  'lines[0]["peak_gop_per_second"] is None or abs(lines[0]["share_of_peak"] - lines[0]["dense_gflop"] * 1000 /
    lines[0]["ms_per_image"] / lines[0]["peak_gop_per_second"]) < 0.002'
expect "one thread has no probe of two beside it" json '"threads_speedup_probe" not in lines[0]'
if [ "$(nproc)" -ge 2 ]; then
  run bench encoder --seconds 0 --threads 2 starter
  expect "two threads have their probe beside them" line ms_per_image threads_speedup_probe
else
  skip "two threads have their probe beside them" "one CPU"
fi
run bench encoder --seconds 0 --threads 1 --foreign 1 starter
expect "foreign threads give both throughputs and their ratio" line foreign_threads undisturbed_images_per_second \
  disturbed_images_per_second disturbed_ratio disturbed_ms_per_image
run bench encoder --seconds 0 --threads 1
expect "without a model the tower is ViT-B/32 with random weights" json \
  'lines[0]["model"] == "random vit-b-32" and lines[0]["dense_gflop"] == 8.818 and lines[0]["weights_bytes"] > 350e6'
run bench text --seconds 0 --threads 1 --batch 16 starter
expect "text tells time and tokens" line ms_per_text texts_per_second tokens_per_text tokens_per_second weights_bytes runs
expect "texts are as long as prompts are" json '6 <= lines[0]["tokens_per_text"] <= 20'
run bench text --seconds 0 --threads 1
expect "without a model the text tower is ViT-B/32's with random weights" json \
  'lines[0]["model"] == "random vit-b-32" and 6 <= lines[0]["tokens_per_text"] <= 20'
run bench image --seconds 0
expect "image tells time" line ms_per_frame ms_per_frame_p10 ms_per_frame_p90 input runs
run bench open --seconds 0 starter
expect "open tells the first time apart" line first_ms ms ms_p10 ms_p90 runs

run bench streams --seconds 0 --streams 2 starter
expect "streams tells how many are held" json \
  '(len(lines) == 1 and 0 <= lines[0]["streams"] <= 2 and lines[0]["trials"] >= 1 and
    (lines[0]["too_many"] is None) == (lines[0]["streams"] == 2))'
expect "held streams have ages of their decisions" json \
  'lines[0]["streams"] == 0 or 0 < lines[0]["age_ms"] <= lines[0]["age_ms_p95"] < 1000'
"$2" "$dir" || exit 1
run bench clip --seconds 0 --threads 1 --prompts parking "$dir/bars.ppm" starter
case $err in
  *"built without"*) skip "clip tells each stage" "no FFmpeg" ;;
  *)
    expect "clip tells each stage" line decode_ms image_ms encode_ms classify_ms frames_per_second frames width height classes
    expect "clip names the file, not where it lies" json 'lines[0]["file"] == "bars.ppm"'
    run bench clip --seconds 0 --threads 1 --batch 3 "$dir/bars.ppm"
    expect "clip fills a batch from several runs of a short file" json 'lines[0]["frames"] == 3 and lines[0]["batch"] == 3'
    ;;
esac

expect "clip without a file is misuse" refuses 2 "which file?" bench clip
expect "a clip that is not there is refused" refuses 2 "missing.mp4" bench clip "$dir/missing.mp4"
expect "no streams at all is misuse" refuses 2 "--streams is 1 to 4096" bench streams --streams 0
expect "prompts that are not there are refused" refuses 2 "no-such-prompts" bench streams --prompts no-such-prompts
expect "an unknown kind is misuse" refuses 2 "name one of clip, encoder, image" bench speed
expect "a second model is misuse" refuses 2 "at most one model" bench encoder starter starter
expect "a shape beside a model is misuse" refuses 2 "name a model or a shape" bench encoder --shape rn50 starter
expect "an unknown shape is refused with the list" refuses 2 "vit-b-32, vit-b-16, vit-l-14, rn50" bench encoder --shape b32
expect "a precision that is none is misuse" refuses 2 "precision is auto, f32, bf16 or int8" bench encoder --precision f64
expect "a batch of none is misuse" refuses 2 "--batch is 1 to 1024" bench encoder --batch 0
expect "a negative number of foreign threads is misuse" refuses 2 "--foreign is 0 to 256" bench encoder --foreign -1
expect "a time that is none is misuse" refuses 2 "--seconds is 0 to 3600" bench encoder --seconds -1
expect "a number that a kind has no use for is misuse" refuses 2 "image takes no --batch" bench image --batch 2
expect "a shape that a kind has no use for is misuse" refuses 2 "open takes no --shape" bench open --shape rn50
expect "prompts that a kind has no use for are misuse" refuses 2 "text takes no --prompts" bench text --prompts scene
expect "a model that is not there is refused" refuses 2 "no-such-model" bench open no-such-model
done_testing
