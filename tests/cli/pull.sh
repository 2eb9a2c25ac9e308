#!/bin/bash
# clipwatch pull: a checkpoint from a server on the loopback interface to model=NAME, and refusals.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
paint=$2
export XDG_DATA_HOME=$dir/data
commit=0123456789abcdef0123456789abcdef01234567
files="open_clip_config.json open_clip_model.safetensors vocab.json merges.txt"

run pull --list
expect "--list shows short names and what they stand for" prints "clip-vit-b-32"
expect "--list exits with 0" exits 0
expect "no model is misuse" refuses 2 "which model?" pull
expect "a name that cannot be one is misuse" refuses 2 "is neither a short name" pull ../etc
expect "an address needs a digest" refuses 2 "(--sha256)" pull https://example.org/m.safetensors
expect "plain http to another machine is refused" refuses 2 "http is allowed to this machine alone" \
  pull --hub http://example.org a/b
expect "a hub that is not there is said" refuses 1 "127.0.0.1:1/" pull --hub http://127.0.0.1:1 a/b

# A hub as plain files: what it lists and what it holds.
mkdir -p "$dir/hub/api/models/owner/tiny/revision" "$dir/hub/owner/tiny/resolve/$commit"
list=
for file in $files; do
  cp "$CLIPWATCH_SOURCE/models/starter/$file" "$dir/hub/owner/tiny/resolve/$commit/"
  list="$list{\"rfilename\":\"$file\"},"
done
echo "{\"sha\":\"$commit\",\"siblings\":[${list%,}]}" > "$dir/hub/api/models/owner/tiny/revision/main"
python3 -u -m http.server --bind 127.0.0.1 --directory "$dir/hub" 0 > "$dir/server" 2>&1 &
server=$!
until port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$dir/server") && [ -n "$port" ]; do
  kill -0 "$server" || exit 1
done
export CLIPWATCH_HUB=http://127.0.0.1:$port

run pull owner/tiny --as mine
expect "a checkpoint is pulled" exits 0
expect "its directory is printed" prints "$XDG_DATA_HOME/clipwatch/models/mine"
expect "files are told of, one a line where there is no terminal" says "open_clip_model.safetensors ("
expect "nothing else is left beside it" [ "$(ls -A "$XDG_DATA_HOME/clipwatch/models")" = mine ]
"$paint" "$dir" || exit 1
run classify --model mine --json "$dir/bars.ppm"
expect "the model is found by its name" json 'lines[0]["model"]["name"] == "mine"'
kill "$server"
wait "$server" 2> /dev/null
server=
run pull owner/tiny --as mine --quiet
expect "a second pull only verifies, without a connection" exits 0
expect "--quiet says nothing" [ -z "$err" ]
printf '{}' > "$XDG_DATA_HOME/clipwatch/models/mine/vocab.json"
expect "a file that was changed since is found by pull" refuses 1 "vocab.json" pull owner/tiny --as mine
expect "a file that was changed since is found when the model is opened" refuses 2 "vocab.json" \
  classify --model mine "$dir/bars.ppm"
expect "another model does not take its place" refuses 2 "comes from owner/tiny@$commit" pull other/mine
done_testing
