#!/usr/bin/env bash
# Makes the kind cluster `careplane` with metrics-server. Needs Docker, Go, kind, kubectl and helm. Run again it verifies.
#
#   up.sh
#
# KUBECONFIG is $CAREPLANE_CACHE/kind/kubeconfig. KIND_NODE_IMAGE names another node image than this kind's default.
#
# kind's volumes are folders of Docker's disk, which nothing here encrypts. The stores' condition StorageEncrypted says so,
# and clinic/ asks for encryption.policy Preferred, without which no service with dataClass phi would become Ready.
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

# The same binary as on the embedded cluster, so that no image has to be pulled.
load_metrics_server() {
  local folder
  "$CLUSTER_DIR/embedded/build.sh" tools
  folder="$(dirname "$(readlink -f "$BIN/metrics-server")")"
  printf 'FROM scratch\nCOPY metrics-server /metrics-server\nENTRYPOINT ["/metrics-server"]\n' |
    docker build --file - --tag localhost/careplane/metrics-server:0.9.0 "$folder"
  kind load docker-image --name "$KIND_CLUSTER" localhost/careplane/metrics-server:0.9.0
}

apply_addons() {
  kubectl --kubeconfig "$KIND_KUBECONFIG" apply --server-side --force-conflicts -f "$KIND_DIR/addons.yaml"
  kubectl --kubeconfig "$KIND_KUBECONFIG" rollout status -n kube-system deployment/metrics-server --timeout=180s
}

need_docker
step "kind cluster $KIND_CLUSTER" make_cluster
step "metrics-server's image" load_metrics_server
step "metrics-server" apply_addons
