#!/usr/bin/env bash
# Proves `make kind-up` on a machine that has neither Docker nor an image of any registry (root, Debian): brings Docker, a node
# image and stand-ins of the official images up, runs `make kind-up` from nothing as a user without rights, deletes the database
# pod and crashes the node while bookings go on, and puts the machine back as it was. Ends with one line `N passed, N failed`.
# Everything runs in namespaces of its own, beside an embedded cluster or none.
#   scripts/test-kind.sh           the test; warm within 12 minutes on 2 cores
#   scripts/test-kind.sh --clear   puts the machine back after a run that was killed
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
  CAREPLANE_INSTALLED="$TEST_INSTALLED" scripts/build.sh engines
  cluster/kind/test/build.sh
}

# What was written inside is kept, for whoever looks for the cause.
play() {
  mkdir -p "$TEST_RUN" "$TEST_WORK"
  run_in_sandbox "$ROOT/cluster/kind/test/inside.sh" play
}

unchanged() { machine_state | diff "$TEST_BEFORE" -; }

# Also of a run that is ended from outside, whose check and sandbox would go on without it.
finish() {
  local child
  for child in $(pgrep --parent $$); do kill -KILL "$child" 2>/dev/null || true; done
  put_back
  rm -f "$TEST_BEFORE"
}

need_root
take_own_lock
put_back
rm -f "$TEST_BEFORE"
[ "${1:-}" != --clear ] || exit 0
[ "${CAREPLANE_TEST_STAGE:-}" = 1 ] || new_results
# Whole or not at all: half a line would be restored as half a value.
machine_state >"$TEST_BEFORE.new"
mv "$TEST_BEFORE.new" "$TEST_BEFORE"
trap finish EXIT
check "kind: build what the test needs" prepare
if [ "$CHECK_STATUS" = 0 ]; then check "kind: the test ends as planned" play; fi
check "kind: the machine is put back" put_back
check "kind: the machine is as it was" unchanged
finish
trap - EXIT
[ "${CAREPLANE_TEST_STAGE:-}" = 1 ] || exec node scripts/summarize.ts "$RESULTS" kind
