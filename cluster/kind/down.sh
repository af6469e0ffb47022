#!/usr/bin/env bash
# Deletes the kind cluster `careplane` with everything in it.
#
#   down.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

delete_cluster() {
  kind delete cluster --name "$KIND_CLUSTER" --kubeconfig "$KIND_KUBECONFIG"
}

need_docker
step "delete kind cluster $KIND_CLUSTER" delete_cluster
