# shellcheck shell=bash disable=SC2034 # the variables are used by render, by name
# Writes the configuration files from the templates in config/. The running cluster does not read the checkout.

# render FILE: prints the file with each ${NAME} of the list below replaced by the variable's value.
render() {
  local text name
  text="$(cat "$1")"
  for name in CAREPLANE_STATE CAREPLANE_RUN PKI CONF CONTAINERD_SOCKET DNS_SERVICE NODE_POD_CIDR CGROUP PAUSE_IMAGE \
    BASE_IMAGE REGISTRY VOLUME_FOLDER KUBE POLICY_BINARIES POLICY_SOCKET POLICY_CLAIMS RUNC ETCD_ENCRYPTION_KEY COREDNS_TAG METRICS_SERVER_TAG LOCAL_PATH_TAG \
    METRICS_CERTIFICATE CA_BUNDLE; do
    text="${text//"\${$name}"/"${!name:-}"}"
  done
  printf '%s\n' "$text"
}

# The folder of this build's binaries rather than the links: a running cluster keeps the build that it started with.
kube_folder() {
  dirname "$(readlink -f "$BIN/kube")"
}

policy_folder() {
  dirname "$(readlink -f "$BIN/policy-agent")"
}

make_config() {
  umask 077
  local KUBE POLICY_BINARIES RUNC ETCD_ENCRYPTION_KEY name
  KUBE="$(kube_folder)"
  POLICY_BINARIES="$(policy_folder)"
  RUNC="$(command -v runc)"
  ETCD_ENCRYPTION_KEY="$(cat "$CAREPLANE_STATE/secrets/etcd-encryption-key")"
  mkdir -p "$CONF/cni" "$CONF/run" "$LOGS" "$CAREPLANE_STATE"/{etcd,containerd,kubelet,audit,pod-logs}
  for name in audit-policy.yaml kubelet.yaml containerd.toml encryption.yaml; do
    render "$EMBEDDED_DIR/config/$name" | write_file "$CONF/$name"
  done
  render "$EMBEDDED_DIR/config/cni.conflist" | write_file "$CONF/cni/10-pods.conflist"
  for name in "${COMPONENTS[@]}"; do
    component_script "$name" "$KUBE" | write_file "$CONF/run/$name"
  done
  supervisor_config | write_file "$CONF/supervisord.conf"
  volume_script | write_file "$CONF/run/volume"
  keeper_script | write_file "$CONF/run/keeper"
}

# A hash of the running cluster's inputs: when it changes, up.sh restarts the cluster.
generation() {
  (cd "$CONF" && find . -type f ! -name '*.new' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
}
