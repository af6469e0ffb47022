#!/usr/bin/env bash
# Stops the kind cluster and keeps its data; `make kind-up` starts it again.
#
#   down.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

need_docker
take_lock
if ! kind_runs; then
  echo "the kind cluster $KIND_CLUSTER is not running; there is nothing to stop"
  exit 0
fi
step "stop the kind cluster $KIND_CLUSTER" docker stop "$KIND_NODE"
