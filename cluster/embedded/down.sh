#!/usr/bin/env bash
# Stops the embedded cluster and removes every process, mount, loop device, namespace, link, rule and cgroup of it.
#
#   down.sh
#
# What is on disk stays ($CAREPLANE_STATE: etcd, volumes, images): up.sh resumes the same cluster with the same data.
# The one that runs is stopped, also when it is that of another CAREPLANE_STATE.
# Safe to run at any time, also when nothing runs, and after any kill -9.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
source "$EMBEDDED_DIR/lib/load.sh"

need_root
take_lock
if runs_of_another_state; then
  CAREPLANE_STATE="$(running_state)"
  printf '==> the cluster that runs is that of %s\n' "$CAREPLANE_STATE"
  exec "$EMBEDDED_DIR/down.sh"
fi
if [ -z "$(all_leftovers)" ]; then
  echo "the cluster is down; there is nothing to stop"
  exit 0
fi
step "stop the cluster" teardown
left="$(all_leftovers)"
[ -z "$left" ] || fail "something is left: $left" "run cluster/embedded/down.sh again; if it stays, see the lines above"
