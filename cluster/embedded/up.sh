#!/usr/bin/env bash
# Brings up the embedded cluster: network, encrypted volume, control plane, node, images, add-ons.
#
#   up.sh
#
# Requires what preflight.sh checks, install.sh installs and build.sh builds. A second run verifies and repairs; after
# an interruption the next run starts over from the state on disk. It writes KUBECONFIG to $CAREPLANE_STATE/kubeconfig.
# A running cluster of another CAREPLANE_STATE uses the same addresses: it is stopped first and keeps its data.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
source "$EMBEDDED_DIR/lib/load.sh"

check_built() {
  local name
  for name in kube containerd-shim-runc-v2 policy-agent policy-cni image fscrypt-folder pause coredns metrics-server local-path-provisioner; do
    [ -x "$BIN/$name" ] || fail "$BIN/$name has not been built" "run: cluster/embedded/build.sh"
  done
  for name in $(platform_images); do
    image digest "$name" >/dev/null 2>&1 || fail "the image $name has not been built" "run: cluster/embedded/build.sh engines"
  done
}

# Writes PKI and configuration each time. Unchanged files keep their content, so a running cluster with the same
# configuration is not restarted.
prepare() {
  make_pki
  make_config
}

already_up() {
  [ "$(cat "$CAREPLANE_RUN/generation" 2>/dev/null)" = "$(generation)" ] &&
    supervisor_is_up && network_is_up && volume_is_up && [ -e "$CAREPLANE_RUN/images-loaded" ]
}

start_from_nothing() {
  teardown
  mkdir -p "$CAREPLANE_RUN"
  chmod 0700 "$CAREPLANE_RUN"
  echo "$CAREPLANE_STATE" >"$CAREPLANE_RUN/started"
}

start_components() {
  generation >"$CAREPLANE_RUN/generation"
  start_supervisor
  wait_until 60 "the encrypted volume" volume_is_up || blame keeper
  wait_until 30 "containerd" component_healthy containerd || blame containerd
  wait_until 90 "etcd" component_healthy etcd || blame etcd
  wait_until 120 "the API server" api_ready || blame kube-apiserver
  # Before the other add-ons: the policy agent needs its rights, and no pod starts without it.
  apply_access
}

# Names the component on which the start hangs, and prints the end of its log.
blame() {
  local log="$LOGS/$1.log"
  [ -e "$log" ] || log="$LOGS/keeper.log"
  echo "--- the end of $log"
  tail -n 20 "$log" || true
  fail "$1 does not become healthy" "see its log: cluster/embedded/logs.sh $1"
}

wait_for_policies() { wait_until 60 "the NetworkPolicies to be in force" component_healthy policy-agent || blame policy-agent; }

import_images() {
  # shellcheck disable=SC2046 # names have no spaces
  import_changed $(platform_images)
  touch "$CAREPLANE_RUN/images-loaded"
}

wait_for_node() { wait_until 120 "the node to be Ready" node_ready || blame kubelet; }

wait_for_pods() {
  wait_until 60 "the kubelet to look at the pods of before" pods_looked_at || blame kubelet
}

wait_for_addons() {
  wait_until 120 "DNS and storage" addons_ready && return
  admin_kubectl get pods -A -o wide || true
  admin_kubectl get events -A --sort-by=.lastTimestamp | tail -n 10 || true
  fail "the add-ons do not become available" "see the pods above and: cluster/embedded/logs.sh kubelet"
}

verify() {
  local name
  for name in "${COMPONENTS[@]}"; do
    wait_until 60 "$name" component_healthy "$name" || blame "$name"
  done
  wait_for_node
  wait_for_pods
  wait_for_addons
}

need_root
take_lock
check_built
if runs_of_another_state; then "$EMBEDDED_DIR/down.sh"; fi
step "certificates and configuration" prepare
if already_up; then
  step "the cluster is up: check every component" verify
  exit 0
fi
step "remove leftovers of an earlier run" start_from_nothing
step "network" make_network
step "encrypted volume" make_volume
step "cgroup" make_cgroups
step "etcd, API server, containerd" start_components
step "images" import_images
step "policies" wait_for_policies
step "node" wait_for_node
step "restore the pods of the last run" wait_for_pods
step "apply DNS, metrics, storage" apply_addons
step "DNS and storage" wait_for_addons
