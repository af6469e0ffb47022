#!/usr/bin/env bash
# Stops the embedded cluster and removes every process, mount, loop device, namespace, link, rule and cgroup of it.
#
#   down.sh
#
# What is on disk stays ($CAREPLANE_STATE: etcd, volumes, images): up.sh resumes the same cluster with the same data.
# Safe to run at any time, also when nothing runs, and after any kill -9.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
source "$EMBEDDED_DIR/lib/load.sh"

need_root
take_lock
if [ -z "$(all_leftovers)" ]; then
  echo "the cluster is down; there is nothing to stop"
  exit 0
fi
step "stop the cluster" teardown
left="$(all_leftovers)"
[ -z "$left" ] || fail "something is left: $left" "run cluster/embedded/down.sh again; if it stays, see the lines above"
