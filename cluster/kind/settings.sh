# shellcheck shell=bash disable=SC2034
# What the kind variant's scripts share. Everything is the user's own: nothing here takes root, and nothing of the embedded
# cluster (its state, its cache, its lock) is read or changed.

KIND_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$KIND_DIR/../lib/settings.sh"

KIND_CLUSTER="${CAREPLANE_KIND_CLUSTER:-careplane}"
KIND_NODE="$KIND_CLUSTER-control-plane"
KIND_STATE="${CAREPLANE_KIND_STATE:-${XDG_STATE_HOME:-$HOME/.local/state}/careplane-kind}/$KIND_CLUSTER"
KUBECONFIG_ADMIN="$KIND_STATE/kubeconfig"
# There once the cluster has been made to its end: without it a cluster that does not answer is half a one.
KIND_MADE="$KIND_STATE/made"
# Name, ID in Docker and ID on the node of each service image, as of the last load.
KIND_LOADED="$KIND_STATE/images-loaded"
CHANGED_IMAGES="$KIND_STATE/images-changed"
LOCK_FILE="$KIND_STATE/lock"
BIN="$KIND_STATE/bin"
STEP_LOG_DIR="$KIND_STATE/logs"

source "$KIND_DIR/../lib/step.sh"
source "$KIND_DIR/../lib/lock.sh"

kind_kubectl() { kubectl --kubeconfig "$KUBECONFIG_ADMIN" "$@"; }

# need_programs PROGRAM...: says which of them are missing, all at once, and whether Docker is.
need_programs() {
  local name missing=""
  for name in "$@"; do command -v "$name" >/dev/null || missing="$missing $name"; done
  [ -z "$missing" ] ||
    fail "not on the PATH:$missing" "install what is missing (for instance: brew install$missing), then run this again"
  need_docker
}

need_docker() {
  command -v docker >/dev/null || fail "docker is not on the PATH" "install Docker, then run this again"
  docker info >/dev/null 2>&1 ||
    fail "no Docker engine answers, or this user may not use it" "start Docker; docker info says what is wrong"
}

# The cluster's node container is there, running or not.
kind_exists() { docker container inspect "$KIND_NODE" >/dev/null 2>&1; }

kind_runs() { [ "$(docker container inspect --format '{{.State.Running}}' "$KIND_NODE" 2>/dev/null)" = true ]; }

# Another kind cluster of ours that has the ports of this one: the tests' beside the user's.
kind_beside() {
  docker ps --filter label=io.x-k8s.kind.cluster --filter publish=30080 --format '{{.Label "io.x-k8s.kind.cluster"}}' |
    grep '^careplane' | grep -vx "$KIND_CLUSTER" || true
}
