#!/bin/bash
# Help, versions and misuse of every command.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"

run
expect "without a command the list is shown and the exit code is 2" exits 2
expect "the list names classify" prints "  classify "
run --help
expect "--help exits with 0" exits 0
commands=$(sed -n 's/^  \([a-z]*\)  *.*/\1/p' "$dir/out")
expect "the commands stand in alphabetical order" [ "$commands" = "$(echo "$commands" | LC_ALL=C sort)" ]
for command in $commands; do
  run "$command" --help
  expect "$command --help exits with 0" exits 0
  expect "$command --help shows examples" prints "clipwatch $command"
  expect "$command --help has a section of examples" prints "Examples:"
  cp "$dir/out" "$dir/help"
  run help "$command"
  expect "help $command is $command --help" cmp -s "$dir/out" "$dir/help"
  expect "$command refuses an unknown option with a hint" \
    refuses 2 "Try 'clipwatch $command --help'" "$command" --no-such-option
done
run --version
expect "--version prints the version" prints "clipwatch 0."
expect "an unknown command is refused with a hint" refuses 2 "'clipwatch --help' lists them" frobnicate
expect "help for an unknown command is refused" refuses 2 "no command 'frobnicate'" help frobnicate
done_testing
