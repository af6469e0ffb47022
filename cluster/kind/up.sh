#!/usr/bin/env bash
# Makes the kind cluster `careplane` with metrics-server, or starts it again when it was stopped. Run again it verifies; killed at
# any point, the next run goes on. Needs Docker, kind, kubectl and helm, and no root.
#
#   up.sh
#
# KIND_NODE_IMAGE          another node image than this kind's default
# CAREPLANE_KIND_CLUSTER   the cluster's name (default: careplane); one of another name has the same ports and is stopped
# CAREPLANE_KIND_STATE     folder of the kubeconfig, logs and records (default: ~/.local/state/careplane-kind)
#
# kind's volumes are folders of Docker's disk, which nothing here encrypts. The stores' condition StorageEncrypted says so,
# and clinic/ asks for encryption.policy Preferred, without which no service with dataClass phi would become Ready.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

make_cluster() {
  local beside
  beside="$(kind_beside)"
  if [ -n "$beside" ]; then
    note "the kind cluster $beside has the same ports: it is stopped and keeps its data"
    docker stop "$beside-control-plane"
  fi
  if ! kind_exists; then
    create_cluster
  elif ! resume_cluster; then
    [ ! -e "$KIND_MADE" ] ||
      fail "the kind cluster $KIND_CLUSTER is there and does not answer" "see docker logs $KIND_NODE; make kind-down removes it with its data"
    note "what is there was never finished: it is made anew"
    kind delete cluster --name "$KIND_CLUSTER" --kubeconfig "$KUBECONFIG_ADMIN"
    create_cluster
  fi
  touch "$KIND_MADE"
}

create_cluster() {
  # What was known of a cluster of this name says nothing about the new one.
  rm -f "$KIND_MADE" "$KIND_LOADED" "$CHANGED_IMAGES" "$KUBECONFIG_ADMIN"
  kind create cluster --name "$KIND_CLUSTER" --config "$KIND_DIR/kind.yaml" ${KIND_NODE_IMAGE:+--image "$KIND_NODE_IMAGE"} \
    --kubeconfig "$KUBECONFIG_ADMIN" --wait 180s
}

resume_cluster() {
  kind_runs || docker start "$KIND_NODE"
  kind export kubeconfig --name "$KIND_CLUSTER" --kubeconfig "$KUBECONFIG_ADMIN" &&
    wait_until 120 "the API server" kind_kubectl get --raw /readyz --request-timeout=5s &&
    kind_kubectl wait node --all --for=condition=Ready --timeout=120s
}

apply_addons() {
  kind_kubectl apply --server-side --force-conflicts -f "$KIND_DIR/addons.yaml"
  kind_kubectl rollout status -n kube-system deployment/metrics-server --timeout=300s
}

need_programs kind kubectl helm
take_lock
mkdir -p "$KIND_STATE"
step "kind cluster $KIND_CLUSTER" make_cluster
step "metrics-server" apply_addons
