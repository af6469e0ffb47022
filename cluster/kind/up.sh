#!/usr/bin/env bash
# Makes the kind cluster `careplane` with metrics-server. Needs Docker, kind, kubectl and helm. Run again it verifies.
#
#   up.sh
#
# KUBECONFIG is $CAREPLANE_CACHE/kind/kubeconfig. KIND_NODE_IMAGE names another node image than this kind's default.
#
# kind's volumes are folders of Docker's disk, which nothing here encrypts: resources that insist on encryption
# (EncryptedStore with the default policy) say so in their conditions. Use Docker on an encrypted disk.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

make_cluster() {
  mkdir -p "$(dirname "$KIND_KUBECONFIG")"
  if kind_is_up; then
    kind export kubeconfig --name "$KIND_CLUSTER" --kubeconfig "$KIND_KUBECONFIG"
  else
    kind create cluster --config "$KIND_DIR/kind.yaml" ${KIND_NODE_IMAGE:+--image "$KIND_NODE_IMAGE"} --kubeconfig "$KIND_KUBECONFIG" --wait 120s
  fi
}

apply_addons() {
  kubectl --kubeconfig "$KIND_KUBECONFIG" apply --server-side --force-conflicts -f "$KIND_DIR/addons.yaml"
  kubectl --kubeconfig "$KIND_KUBECONFIG" rollout status -n kube-system deployment/metrics-server --timeout=180s
}

need_docker
step "kind cluster $KIND_CLUSTER" make_cluster
step "metrics-server" apply_addons
