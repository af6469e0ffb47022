#!/usr/bin/env bash
# Changes the files that decide something, a little at a time, and looks which changes the tests beside them notice (Stryker). Ends with
# a table; fails when a file's tests kill less than 85 % of its mutants. All files: about an hour on two cores. stryker.config.mjs lists them.
#   scripts/mutants.sh              all of them
#   scripts/mutants.sh FILE,FILE    only these
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

print_help_if_asked "$@"
step "npm packages" scripts/install-packages.sh
need_node
rm -f dist/mutants.json
stryker run ${1:+--mutate "$1"}
exec node scripts/mutants.ts dist/mutants.json
