#!/usr/bin/env bash
# Stops the embedded cluster and removes all its processes, mounts, loop devices, namespaces, links, rules and cgroups.
#
#   down.sh
#
# The state on disk stays ($CAREPLANE_STATE: etcd, volumes, images): up.sh resumes the same cluster with the same data.
# A running cluster of another CAREPLANE_STATE is stopped too. The script is safe to run at any time, also when no
# cluster runs, and after any kill -9.
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
