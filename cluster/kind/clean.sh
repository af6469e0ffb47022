#!/usr/bin/env bash
# Deletes the kind cluster with everything in it, also its data.
#
#   clean.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

delete_cluster() {
  kind delete cluster --name "$KIND_CLUSTER" --kubeconfig "$KUBECONFIG_ADMIN"
  rm -f "$KIND_MADE" "$KIND_LOADED" "$CHANGED_IMAGES" "$KUBECONFIG_ADMIN"
}

need_programs kind
take_lock
step "delete the kind cluster $KIND_CLUSTER" delete_cluster
