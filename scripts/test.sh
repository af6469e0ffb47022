#!/usr/bin/env bash
# Runs the named stages (lint unit integration e2e), installs what they need first, and ends with one line
# `N passed, N failed` over all of them. A stage that fails does not keep the others from running.
#   CAREPLANE_KEEP=no   takes the cluster down at the end (CI)
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"
# shellcheck source=lib/check.sh
source "$ROOT/scripts/lib/check.sh"

# What a stage needs beyond packages: lint the tools and promtool, integration the engines, e2e the whole cluster.
prepare() {
  case " $* " in
    *" e2e "*) scripts/build.sh ;;
    *" integration "*) scripts/build.sh engines ;;
    *" lint "*) scripts/build.sh tools ;;
    *) step "npm packages" scripts/install-packages.sh ;;
  esac
}

run_jest() {
  local stage="$1"
  shift
  node --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js \
    --selectProjects "$stage" --json --outputFile "$RESULTS/$stage.json" "$@"
}

lint() { scripts/lint.sh; }
unit() { run_jest unit; }
integration() {
  check "network policies: real packets (go test)" kernel_tests
  run_jest integration --runInBand
}

# In network namespaces that the tests make and that vanish with them. The flags are those of the cluster's own build.
kernel_tests() {
  (cd cluster/embedded/kube && GOWORK=off GOFLAGS=-mod=readonly CGO_ENABLED=0 go test -trimpath -buildvcs=false \
    -tags no_btrfs,no_devmapper,no_zfs -gcflags all=-dwarf=false -timeout 5m ./policy/kernel)
}

# The demo is among the end-to-end tests, so it is not run by `up` too.
e2e() {
  check "cluster up and clinic Ready" scripts/up.sh --no-demo
  [ "$CHECK_STATUS" = 0 ] || return 1
  run_jest e2e --runInBand
}

stages=("$@")
[ ${#stages[@]} -gt 0 ] || fail "which stages?" "scripts/test.sh lint unit integration e2e"
take_lock
export LOCK_FD
new_results
# Without its needs a stage fails by itself and says so; the others still run.
check "build what the tests need" prepare "${stages[@]}"
if ! (need_node); then
  printf '\n0 passed, 1 failed\n'
  exit 1
fi
for stage in "${stages[@]}"; do
  printf '\n### %s\n' "$stage"
  "$stage" || true
done
if [ "${CAREPLANE_KEEP:-yes}" = no ]; then
  check "cluster down" cluster/embedded/down.sh
  check "nothing of it is left" cluster/embedded/leftovers.sh
fi
exec node scripts/summarize.ts "$RESULTS" "${stages[@]}"
