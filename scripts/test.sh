#!/usr/bin/env bash
# Runs the named stages (lint unit integration fhir e2e kind), installs what they need first, and ends with one line
# `N passed, N failed` over all of them. A stage that fails does not keep the others from running.
# An end-to-end test that fails is run once more alone, after the others; when it passes then, it is printed as flaky.
# The end-to-end tests make a cluster of their own from nothing, so that nothing that was there before can help or disturb
# them, and remove it at the end. Only one cluster runs at a time: yours is stopped meanwhile and keeps its data.
#   CAREPLANE_KEEP=yes     leaves the tests' cluster running
#   CAREPLANE_TEST_STATE   its folder (default: that of your cluster with -test after its name)
# With CAREPLANE_CLUSTER=kind that cluster is the kind cluster careplane-test.
export CAREPLANE_KIND_CLUSTER=careplane-test
CAREPLANE_STATE="${CAREPLANE_TEST_STATE:-${CAREPLANE_STATE:-/var/lib/careplane}-test}"
unset CAREPLANE_KUBECONFIG
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"
# shellcheck source=lib/check.sh
source "$ROOT/scripts/lib/check.sh"

# What a stage needs beyond packages: lint the tools and promtool, integration the engines, e2e the whole cluster.
prepare() {
  case " $* " in
    *" e2e "*) scripts/build.sh ;;
    *" integration "* | *" kind "*) scripts/build.sh engines ;;
    *" lint "*) scripts/build.sh tools ;;
    *) step "npm packages" scripts/install-packages.sh ;;
  esac
}

# run_jest PROJECT RESULT [ARGS...]
run_jest() {
  local project="$1" result="$2" mortal=()
  shift 2
  # It would hold the lock of this script beyond that one's death. Elsewhere than on Linux there is no such thing.
  if command -v setpriv >/dev/null; then mortal=(setpriv --pdeathsig KILL); fi
  ${mortal[@]+"${mortal[@]}"} node --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js \
    --selectProjects "$project" --json --outputFile "$RESULTS/$result.json" "$@"
}

stage_lint() { scripts/lint.sh; }
stage_unit() { run_jest unit unit; }
# Integration tests leave the resources of the demo and of services: after them the check insists on these.
stage_fhir() {
  local runs=()
  if [[ " ${stages[*]} " =~ " integration ".*"fhir " ]]; then runs=(--runs demo --runs appointments --runs records --runs audit); fi
  check "FHIR: resources are valid, schemas are R4's (HAPI)" node scripts/fhir/check.ts ${runs[@]+"${runs[@]}"}
}
stage_kind() { check "kind: make test-kind" env CAREPLANE_TEST_STAGE=1 scripts/test-kind.sh; }
stage_integration() {
  rm -rf dist/fhir
  check "network policies: real packets (go test)" kernel_tests
  # Two at a time also on two cores: most of them wait for an engine most of the time.
  run_jest integration integration --maxWorkers=2
}

# In network namespaces that the tests make and that vanish with them. The flags are those of the cluster's own build.
kernel_tests() {
  (cd cluster/embedded/kube && GOWORK=off GOFLAGS=-mod=readonly CGO_ENABLED=0 go test -trimpath -buildvcs=false \
    -tags no_btrfs,no_devmapper,no_zfs -gcflags all=-dwarf=false -timeout 5m ./policy/kernel)
}

# The demo is among the end-to-end tests, so it is not run by `up` too.
stage_e2e() {
  local status=0
  check "cluster up and clinic Ready" scripts/up.sh --no-demo
  if [ "$CHECK_STATUS" = 0 ]; then
    run_jest e2e e2e --runInBand || {
      status=1
      repeat_failed e2e
    }
  else
    status=1
  fi
  remove_cluster "$status"
  return "$status"
}

# Tells a fault from a moment; scripts/summarize.ts reads the results.
repeat_failed() {
  local file pattern count=0
  while IFS=$'\t' read -r file pattern <&3; do
    count=$((count + 1))
    printf '\n### once more, alone: %s\n' "${file#"$ROOT/"}"
    run_jest "$1" "$1.again-$count" --runInBand --runTestsByPath "$file" --testNamePattern "$pattern" || true
  done 3< <(node scripts/repetitions.ts "$RESULTS/$1.json")
}

# Before the first stage: what a killed run has left, or a cluster of yours, would be a neighbour to all that is waited for.
clear_machine() {
  case "$CAREPLANE_CLUSTER" in
    embedded) if runs_of_another_state; then stopped="of $(running_state)"; fi ;;
    kind) stopped="$(kind_beside)" ;;
  esac
  check "nothing is left of an earlier cluster of the tests" "cluster/$CAREPLANE_CLUSTER/clean.sh"
}

# After a failure its data and logs stay, for whoever looks for the cause.
remove_cluster() {
  if [ "${CAREPLANE_KEEP:-no}" = yes ]; then
    # shellcheck disable=SC2016 # for the reader to run
    printf '\nthe cluster of the tests is left as it is; for this shell: export CAREPLANE_CLUSTER=%q CAREPLANE_STATE=%q CAREPLANE_KIND_CLUSTER=%q; eval "$(make -s env)"\n' \
      "$CAREPLANE_CLUSTER" "$CAREPLANE_STATE" "$CAREPLANE_KIND_CLUSTER"
    return
  fi
  if [ "$1" = 0 ]; then
    check "the cluster of the tests is removed" "cluster/$CAREPLANE_CLUSTER/clean.sh"
  else
    check "cluster down" "cluster/$CAREPLANE_CLUSTER/down.sh"
    echo "its logs and data stay until the next run"
  fi
  [ "$CAREPLANE_CLUSTER" = kind ] || check "nothing of it is left" cluster/embedded/leftovers.sh
}

stages=("$@")
[ ${#stages[@]} -gt 0 ] || fail "which stages?" "scripts/test.sh lint unit integration fhir e2e kind"
take_lock
new_results
# Without its needs a stage fails by itself and says so; the others still run.
check "build what the tests need" prepare "${stages[@]}"
if ! (need_node); then
  printf '\n0 passed, 1 failed\n'
  exit 1
fi
stopped=""
case " ${stages[*]} " in *" e2e "*) clear_machine ;; esac
for stage in "${stages[@]}"; do
  printf '\n### %s\n' "$stage"
  "stage_$stage" || true
done
if [ -n "$stopped" ]; then
  printf '\nthe cluster %s was stopped for the tests; its data is as it was: %s\n' "$stopped" "$UP"
fi
exec node scripts/summarize.ts "$RESULTS" "${stages[@]}"
