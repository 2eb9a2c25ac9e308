#!/bin/bash
# clipwatch info and selftest.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"

run info --json starter
expect "a model is described by one JSON object" json \
  'len(lines) == 1 and lines[0]["name"] == "starter" and lines[0]["embed_dim"] == 256
   and len(lines[0]["digest"]) == 64 and 0.99 <= lines[0]["least_cosine"] <= lines[0]["mean_cosine"] <= 1'
run info starter
expect "people see a table" prints "layout      open_clip, stored as f16"
expect "people see in what it runs, and what that costs" prints "cosine with f32"
expect "an unknown model is refused with what to do" refuses 2 "clipwatch pull nothing" info nothing

run selftest --precision f32 starter
expect "the embedded model agrees with its golden embeddings" json \
  'lines[0]["passed"] and lines[0]["image_embeds"]["max_abs_diff"] <= 1e-5 and lines[0]["text_embeds"]["max_abs_diff"] <= 1e-5'
expect "agreement is success" exits 0
run selftest --precision int8 starter
expect "bytes keep the stated bound" json \
  'lines[0]["passed"] and lines[0]["precision"] == "int8" and lines[0]["image_embeds"]["min_cosine"] >= lines[0]["least_cosine"]'
data=$(cd "$(dirname "$("$program" info --json starter | python3 -c 'import json, sys; print(json.load(sys.stdin)["path"])')")" && pwd)
mkdir "$dir/model"
cp "$data"/starter/* "$dir/model/"
python3 - "$dir/model/golden.safetensors" << 'PYTHON'
import json, struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
length = struct.unpack("<Q", data[:8])[0]
end = json.loads(data[8:8 + length])["image_embeds"]["data_offsets"][1]
data[8 + length + end - 1] ^= 0x01  # the exponent of the last number
open(sys.argv[1], "wb").write(data)
PYTHON
run selftest --precision f32 "$dir/model"
expect "a wrong number is failure" exits 1
rm "$dir/model/golden.safetensors"
run selftest "$dir/model"
expect "without golden embeddings nothing passes" exits 2
expect "what is missing is named" says "golden.safetensors"
done_testing
