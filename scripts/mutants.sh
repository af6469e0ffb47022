#!/usr/bin/env bash
# Changes the files that decide something, a little at a time, and looks which changes the unit tests beside them notice (Stryker). Lists
# those that none notices, writes bench/results/mutants.md and fails when a file's tests kill less than 85 % of its mutants.
#   scripts/mutants.sh           all of them (scripts/decisions.ts)
#   scripts/mutants.sh FILE...   only these
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

reports="$ROOT/dist/mutants"

mutate() { MUTATED="$1" MUTANTS_REPORT="$reports/${1//\//-}.json" stryker run; }

print_help_if_asked "$@"
step "npm packages" scripts/install-packages.sh
need_node
files="$(node scripts/decisions.ts "$@")"
rm -rf "$reports"
mkdir -p "$reports"
for file in $files; do step "$file" mutate "$file"; done
exec node scripts/mutants.ts "$reports"/*.json
