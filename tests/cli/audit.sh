#!/bin/bash
# clipwatch audit on the log that clipwatch classify writes, whole and changed.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
paint=$2
pictures=$dir/pictures
log=$dir/log
mkdir "$pictures"
"$paint" "$pictures" || exit 1
printf '@template {}\ncolour bars\nblack picture\nwhite picture\n' > "$dir/known.txt"
environment=("XDG_DATA_HOME=$dir/data")

decide=(classify --prompts "$dir/known.txt" --json --audit "$log" "$pictures")
run "${decide[@]}"
expect "decisions are recorded and printed" [ "$code $(wc -l < "$dir/out")" = "0 5" ]
key=$(find "$dir/data/clipwatch/keys" -name '*.key')
expect "the place of the new key is said" [ -n "$key" -a "${err/"$key"/}" != "$err" ]
expect "the key is private" [ "$(stat -c %a "$key")" = 600 ]
run "${decide[@]}"
expect "it is said once" [ "$code$err" = 0 ]

run audit verify "$log"
expect "the log is whole" exits 0
run audit verify --json "$log"
expect "a program reads that too" json 'lines[0]["verdict"] == "ok" and lines[0]["message"] is None'
run audit show --type decision "$log"
expect "every decision is shown" [ "$code $(wc -l < "$dir/out")" = "0 10" ]
expect "with its picture's name" prints "bars.ppm"
run audit keys "$log"
expect "the public key is named" [ "$code ${#out}" = "0 44" ]
public=$out

cp -r "$log" "$dir/copy"
environment=("XDG_DATA_HOME=$dir/elsewhere")
run audit verify "$dir/copy"
expect "a copy whose key is not known is unsigned" exits 3
run audit verify --key "$public" "$dir/copy"
expect "and whole under the key that was kept" exits 0
environment=("XDG_DATA_HOME=$dir/data")

run audit review --verdict wrong --by ann --by bo "$log" 3
expect "a person's verdict is recorded" exits 0
run audit show --type review "$log"
expect "with the people's names" prints '"reviewers":["ann","bo"]'
run audit review --verdict wrong --by ann "$log" 100000
expect "there must be such a record" [ "$code" -eq 1 ]

segment=$(find "$dir/copy" -name '*.audit')
head -c -20 "$segment" > "$dir/torn"
cp "$dir/torn" "$segment"
run audit verify --key "$public" "$dir/copy"
expect "a torn end is told from tampering" exits 2
sed -i 's/bars.ppm/cars.ppm/' "$segment"
run audit verify --key "$public" "$dir/copy"
expect "a changed record is tampering" exits 1
expect "its place is said" prints "damaged record at byte"
run audit verify "$dir/nothing"
expect "no log is unreadable" exits 4
run "${decide[@]/"$log"/"$dir/copy"}"
expect "a log that was tampered with is not continued" [ "$code" -eq 2 ]
expect "and nothing is printed" [ -z "$out" ]
done_testing
