# shellcheck shell=bash disable=SC2034
# What the kind variant's scripts share. Everything after the cluster's creation is the embedded cluster's: scripts/deploy.sh.

KIND_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$KIND_DIR/../lib/step.sh"
source "$KIND_DIR/../embedded/lib/settings.sh"

KIND_CLUSTER=careplane
KIND_KUBECONFIG="$CAREPLANE_CACHE/kind/kubeconfig"

need_docker() {
  docker info >/dev/null 2>&1 || fail "no Docker engine answers" "start Docker, or use the embedded cluster: make up"
  command -v kind >/dev/null || fail "kind is not on the PATH" "go install sigs.k8s.io/kind@v0.33.0"
  command -v kubectl >/dev/null || fail "kubectl is not on the PATH" "https://kubernetes.io/docs/tasks/tools/"
  command -v helm >/dev/null || fail "helm is not on the PATH" "https://helm.sh/docs/intro/install/"
}

kind_is_up() {
  kind get clusters 2>/dev/null | grep -qx "$KIND_CLUSTER"
}
