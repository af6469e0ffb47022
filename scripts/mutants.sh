#!/usr/bin/env bash
# Changes the files that decide something, a little at a time, and looks which changes the unit tests beside them notice (Stryker). Ends
# with a table; fails when a file's tests kill less than 85 % of its mutants. All files: about an hour on two quiet cores.
#   scripts/mutants.sh           all of them
#   scripts/mutants.sh FILE...   only these
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

controllers=operator/src/controllers
rollout="$controllers/healthcareservice/rollout"
DECISIONS=("$controllers"/scalingpolicy/{decision,demand,history,recommendation}.ts
  "$controllers/healthcareservice/bindings/generated-secrets.ts"
  "$rollout"/{burn,decide-revision,kept-revisions,revision-evidence,revision-history,revision-traffic}.ts
  services/appointments/src/booking/slot-rivals.ts services/appointments/src/http/access.ts
  services/gateway/src/graphql/query-cost.ts
  services/kit/src/auth/remote-keys.ts services/kit/src/http/listen.ts)

reports="$ROOT/dist/mutants"

mutate() { MUTATED="$1" MUTANTS_REPORT="$reports/${1//\//-}.json" stryker run; }

print_help_if_asked "$@"
step "npm packages" scripts/install-packages.sh
need_node
rm -rf "$reports"
mkdir -p "$reports"
[ $# -gt 0 ] || set -- "${DECISIONS[@]}"
for file in "$@"; do step "$file" mutate "$file"; done
exec node scripts/mutants.ts "$reports"/*.json
