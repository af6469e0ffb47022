# shellcheck shell=bash disable=SC2034 # the variables are used by render, by name
# The cluster's add-ons: DNS, metrics, storage. Applied by server-side apply at each start.

apply_addons() {
  local COREDNS_TAG METRICS_SERVER_TAG LOCAL_PATH_TAG METRICS_CERTIFICATE CA_BUNDLE manifest
  COREDNS_TAG="${ADDON_TAG[coredns]}"
  METRICS_SERVER_TAG="${ADDON_TAG[metrics-server]}"
  LOCAL_PATH_TAG="${ADDON_TAG[local-path-provisioner]}"
  METRICS_CERTIFICATE="$(sha256sum "$PKI/metrics-server.crt" | cut -c1-16)"
  CA_BUNDLE="$(base64 -w0 "$PKI/ca.crt")"
  {
    metrics_secret
    for manifest in "$EMBEDDED_DIR"/addons/*.yaml; do
      echo "---"
      render "$manifest"
    done
  } | admin_kubectl apply --server-side --force-conflicts --field-manager=careplane-embedded -f -
  # The kubelet may not give itself a role (NodeRestriction).
  admin_kubectl label node "$NODE_NAME" --overwrite node-role.kubernetes.io/control-plane= careplane.dev/cluster=embedded
}

apply_access() {
  admin_kubectl apply --server-side --force-conflicts --field-manager=careplane-embedded -f "$EMBEDDED_DIR/addons/10-access.yaml"
}

metrics_secret() {
  cat <<YAML
apiVersion: v1
kind: Secret
metadata: {name: metrics-server-serving, namespace: kube-system}
type: kubernetes.io/tls
data:
  tls.crt: $(base64 -w0 "$PKI/metrics-server.crt")
  tls.key: $(base64 -w0 "$PKI/metrics-server.key")
YAML
}

# Asks each add-on itself: the API server's state may date from before the last stop. It does not wait for metrics: the
# first ones need two scrapes (20 s), and only a ScalingPolicy uses them and reports their absence.
addons_ready() {
  dns_ready && storage_ready
}

dns_ready() {
  [ "$(api_get /api/v1/namespaces/kube-system/services/kube-dns:metrics/proxy/metrics -o /dev/null -w '%{http_code}')" = 200 ]
}

storage_ready() {
  local ready
  ready="$(admin_kubectl -n local-path-storage get deployment local-path-provisioner -o 'jsonpath={.status.availableReplicas}')"
  [ "${ready:-0}" -ge 1 ]
}

# api_get PATH [CURL-OPTIONS...]: uses curl because it is called often, and kubectl takes ten times as long to start.
api_get() {
  curl -s --max-time 5 --cacert "$PKI/ca.crt" --cert "$PKI/admin.crt" --key "$PKI/admin.key" "${@:2}" "$API_URL$1"
}

# The kubelet of this start reports the node ready when its lease is newer than the start.
node_ready() {
  local renewed
  renewed="$(admin_kubectl -n kube-node-lease get lease "$NODE_NAME" -o 'jsonpath={.spec.renewTime}')" || return 1
  [ "$(date -d "$renewed" +%s)" -ge "$(stat -c %Y "$CAREPLANE_RUN/started")" ] &&
    [ "$(admin_kubectl get node "$NODE_NAME" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]
}

# The kubelet of this start has synced every pod when no pod's status shows a container from before the start.
pods_looked_at() {
  local since started
  since="$(date -u -d "@$(stat -c %Y "$CAREPLANE_RUN/started")" +%Y-%m-%dT%H:%M:%SZ)"
  started="$(admin_kubectl get pods -A -o 'jsonpath={.items[*].status.containerStatuses[*].state.running.startedAt}')" || return 1
  # All times have the same format and zone, so they compare as text.
  tr ' ' '\n' <<<"$started" | awk -v since="$since" '$1 != "" && $1 < since { exit 1 }'
}
