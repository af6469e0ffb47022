#!/usr/bin/env bash
# Shows the logs of the kind node: kubelet and containerd. The logs of pods: kubectl logs.
#
#   logs.sh                          the last lines of each
#   logs.sh kubelet|containerd [-f]  one of them, with -f as it grows
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

journal() { docker exec "$KIND_NODE" journalctl --no-pager "$@"; }

need_docker
kind_runs || fail "the kind cluster $KIND_CLUSTER is not running" "start it: make kind-up"
if [ $# = 0 ]; then
  for name in containerd kubelet; do
    printf '=== %s\n' "$name"
    journal --unit "$name" --lines 8
  done
else
  journal --unit "$1" --lines 200 ${2:+"$2"}
fi
