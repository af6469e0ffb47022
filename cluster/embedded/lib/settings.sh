# shellcheck shell=bash disable=SC2034
# Addresses, folders, names and versions of the embedded cluster.

source "$(dirname "${BASH_SOURCE[0]}")/../../lib/settings.sh"
CAREPLANE_STATE="${CAREPLANE_STATE:-/var/lib/careplane}"
CAREPLANE_RUN=/run/careplane
export CAREPLANE_STATE

EMBEDDED_DIR="$CLUSTER_DIR/embedded"
BIN="$CAREPLANE_CACHE/bin"
LAYOUT="$CAREPLANE_CACHE/images/layout"
PKI="$CAREPLANE_STATE/pki"
CONF="$CAREPLANE_STATE/config"
LOGS="$CAREPLANE_STATE/logs"
KUBECONFIG_ADMIN="$CAREPLANE_STATE/kubeconfig"
CONTAINERD_SOCKET="$CAREPLANE_RUN/containerd/containerd.sock"
SUPERVISOR_CONF="$CAREPLANE_RUN/supervisord.conf"
# The socket exists while NetworkPolicies are in force; claims are the addresses of pods that the API does not know yet.
POLICY_SOCKET="$CAREPLANE_RUN/policy-agent.sock"
POLICY_CLAIMS="$CAREPLANE_RUN/policy-claims"
LOCK_FILE=/run/lock/careplane.lock
# The images whose content has changed and whose pods have not been restarted yet.
CHANGED_IMAGES="$CAREPLANE_STATE/images-changed"

NETNS=careplane
HOST_LINK=careplane0
HOST_ADDRESS=10.200.0.1
NODE_ADDRESS=10.200.0.2
NODE_NAME=careplane-1
POD_CIDR=10.244.0.0/16
NODE_POD_CIDR=10.244.0.0/24
SERVICE_CIDR=10.96.0.0/16
KUBERNETES_SERVICE=10.96.0.1
DNS_SERVICE=10.96.0.10
API_URL="https://$NODE_ADDRESS:6443"

# All processes of pods are below this cgroup, which distinguishes them from the machine's.
CGROUP=careplane
VOLUME_IMAGE="$CAREPLANE_STATE/volume/encrypted.ext4"
VOLUME_MOUNT="$CAREPLANE_STATE/volume/mnt"
VOLUME_FOLDER="$VOLUME_MOUNT/volumes"
VOLUME_KEY="$CAREPLANE_STATE/volume/key"
VOLUME_SIZE="${CAREPLANE_VOLUME_SIZE:-20G}"

PAUSE_IMAGE="$REGISTRY/pause:1"
BASE_IMAGE="$REGISTRY/base:trixie"
NODE_IMAGE="$REGISTRY/node:26"
ENGINES=(mongodb rabbitmq redis prometheus)
declare -A ENGINE_TAG=([mongodb]=6.0 [rabbitmq]=4.0 [redis]=8.0 [prometheus]=2.53)

# In the order of their dependencies.
COMPONENTS=(etcd kube-apiserver kube-controller-manager kube-scheduler containerd policy-agent kubelet kube-proxy)

in_netns() {
  nsenter "--net=/run/netns/$NETNS" "$@"
}

admin_kubectl() {
  "$BIN/kubectl" --kubeconfig "$KUBECONFIG_ADMIN" "$@"
}

k8s_ctr() {
  "$BIN/ctr" --address "$CONTAINERD_SOCKET" --namespace k8s.io "$@"
}

# The state folder of the running cluster, which may differ from CAREPLANE_STATE. Empty when no cluster runs.
running_state() { cat "$CAREPLANE_RUN/started" 2>/dev/null || true; }

runs_of_another_state() {
  local running
  running="$(running_state)"
  [ -n "$running" ] && [ "$running" != "$CAREPLANE_STATE" ]
}

need_root() {
  [ "$(id -u)" = 0 ] || fail "this must run as root (it makes network namespaces, mounts and cgroups)" "run it again with sudo"
}
