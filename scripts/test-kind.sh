#!/usr/bin/env bash
# Proves `make kind-up` on a machine that has neither Docker nor an image of any registry (root, Debian): brings Docker, a node
# image and stand-ins of the official images up, runs `make kind-up` from nothing as a user without rights, deletes the database
# pod and crashes the node while bookings go on, and puts the machine back as it was. Ends with one line `N passed, N failed`.
# Everything runs in namespaces of its own, beside an embedded cluster or none.
#   scripts/test-kind.sh           the test; warm within 12 minutes on 2 cores
#   scripts/test-kind.sh --clear   removes what a run that was killed has left
#   CAREPLANE_TEST_STAGE=1         as a stage of scripts/test.sh: that one counts
CAREPLANE_CLUSTER=embedded
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"
# shellcheck source=lib/check.sh
source "$ROOT/scripts/lib/check.sh"
# shellcheck source=../cluster/kind/test/settings.sh
source "$ROOT/cluster/kind/test/settings.sh"
# shellcheck source=../cluster/kind/test/sandbox.sh
source "$ROOT/cluster/kind/test/sandbox.sh"

# Its own, so that an embedded cluster is started or stopped beside it.
take_own_lock() {
  exec 5>>/run/lock/careplane-kind-test.lock
  flock -w 600 5 || fail "another make test-kind does not end" "see who holds it: fuser -v /run/lock/careplane-kind-test.lock"
}

prepare() {
  scripts/build.sh engines
  cluster/kind/test/build.sh
}

# What was written inside is kept, for whoever looks for the cause.
play() {
  mkdir -p "$TEST_RUN" "$TEST_WORK"
  run_in_sandbox "$ROOT/cluster/kind/test/inside.sh" play
}

put_back() {
  local packages
  clear_sandbox
  restore_settings "$before"
  packages="$(new_packages "$before")"
  # shellcheck disable=SC2086 # names have no spaces
  [ -z "$packages" ] || DEBIAN_FRONTEND=noninteractive apt-get -y -qq purge $packages
}

unchanged() {
  machine_state >"$before.after"
  diff "$before" "$before.after"
}

need_root
take_own_lock
clear_sandbox
[ "${1:-}" != --clear ] || exit 0
[ "${CAREPLANE_TEST_STAGE:-}" = 1 ] || new_results
before="$(mktemp /tmp/careplane-kind-test.XXXXXX)"
trap 'clear_sandbox; rm -f "$before" "$before.after"' EXIT
machine_state >"$before"
check "kind: build what the test needs" prepare
if [ "$CHECK_STATUS" = 0 ]; then check "kind: the test ends as planned" play; fi
check "kind: the machine is put back" put_back
check "kind: the machine is as it was" unchanged
[ "${CAREPLANE_TEST_STAGE:-}" = 1 ] || exec node scripts/summarize.ts "$RESULTS" kind
