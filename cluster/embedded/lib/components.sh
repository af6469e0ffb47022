# shellcheck shell=bash
# The components' command lines. Each becomes a script that waits for its dependencies and then executes the component,
# so that the supervisor can start and restart components in any order.

# The policy agent is built separately.
folder_of() {
  if [ "$1" = policy-agent ]; then policy_folder; else echo "$2"; fi
}

# component_script NAME FOLDER-OF-BINARIES
component_script() {
  printf '#!/bin/bash\n# Written by the embedded cluster; changes are lost.\n'
  "needs_of_${1//-/_}"
  printf 'exec %q' "$(folder_of "$1" "$2")/$1"
  "flags_of_${1//-/_}" | while IFS= read -r flag; do printf ' \\\n  %q' "$flag"; done
  printf '\n'
}

needs_of_etcd() { :; }
needs_of_containerd() { :; }
needs_of_kube_apiserver() { echo "until curl -fso /dev/null --max-time 2 http://127.0.0.1:2381/readyz; do sleep 0.1; done"; }
needs_of_kube_controller_manager() { needs_api; }
needs_of_kube_scheduler() { needs_api; }
needs_of_kube_proxy() { needs_api; }
needs_of_policy_agent() { needs_api; }
needs_of_kubelet() {
  # The kubelet delays retries: a pod without its image would wait for a pull, and policy-cni would refuse a pod before
  # policies are in force.
  echo "until [ -S $CONTAINERD_SOCKET ] && [ -S $POLICY_SOCKET ] && [ -e $CAREPLANE_RUN/images-loaded ]; do sleep 0.1; done"
  needs_api
}
needs_api() {
  echo "until curl -fso /dev/null --max-time 2 --cacert $PKI/ca.crt --cert $PKI/admin.crt --key $PKI/admin.key $API_URL/readyz; do sleep 0.2; done"
}

# --unsafe-no-fsync speeds up a development cluster on one disk. A power failure may lose its state, so state that must
# survive belongs on a real cluster.
flags_of_etcd() {
  cat <<FLAGS
--name=$NODE_NAME
--data-dir=$CAREPLANE_STATE/etcd
--listen-client-urls=https://127.0.0.1:2379
--advertise-client-urls=https://127.0.0.1:2379
--listen-peer-urls=http://127.0.0.1:2380
--initial-advertise-peer-urls=http://127.0.0.1:2380
--initial-cluster=$NODE_NAME=http://127.0.0.1:2380
--listen-metrics-urls=http://127.0.0.1:2381
--client-cert-auth
--trusted-ca-file=$PKI/etcd-ca.crt
--cert-file=$PKI/etcd-server.crt
--key-file=$PKI/etcd-server.key
--auto-compaction-mode=periodic
--auto-compaction-retention=30m
--quota-backend-bytes=4294967296
--unsafe-no-fsync
--log-level=warn
FLAGS
}

flags_of_kube_apiserver() {
  cat <<FLAGS
--etcd-servers=https://127.0.0.1:2379
--etcd-cafile=$PKI/etcd-ca.crt
--etcd-certfile=$PKI/etcd-client.crt
--etcd-keyfile=$PKI/etcd-client.key
--encryption-provider-config=$CONF/encryption.yaml
--advertise-address=$NODE_ADDRESS
--secure-port=6443
--tls-cert-file=$PKI/apiserver.crt
--tls-private-key-file=$PKI/apiserver.key
--client-ca-file=$PKI/ca.crt
--anonymous-auth=false
--authorization-mode=Node,RBAC
--enable-admission-plugins=NodeRestriction
--allow-privileged=true
--service-cluster-ip-range=$SERVICE_CIDR
--service-node-port-range=30000-32767
--service-account-issuer=https://kubernetes.default.svc.cluster.local
--service-account-key-file=$PKI/service-accounts.pub
--service-account-signing-key-file=$PKI/service-accounts.key
--kubelet-certificate-authority=$PKI/ca.crt
--kubelet-client-certificate=$PKI/apiserver-kubelet-client.crt
--kubelet-client-key=$PKI/apiserver-kubelet-client.key
--kubelet-preferred-address-types=InternalIP
--requestheader-client-ca-file=$PKI/front-proxy-ca.crt
--requestheader-allowed-names=front-proxy-client
--requestheader-extra-headers-prefix=X-Remote-Extra-
--requestheader-group-headers=X-Remote-Group
--requestheader-username-headers=X-Remote-User
--proxy-client-cert-file=$PKI/front-proxy-client.crt
--proxy-client-key-file=$PKI/front-proxy-client.key
--enable-aggregator-routing=true
--audit-policy-file=$CONF/audit-policy.yaml
--audit-log-path=$CAREPLANE_STATE/audit/audit.log
--audit-log-maxsize=50
--audit-log-maxbackup=4
--profiling=false
FLAGS
}

flags_of_kube_controller_manager() {
  cat <<FLAGS
--kubeconfig=$CONF/controller-manager.kubeconfig
--authentication-kubeconfig=$CONF/controller-manager.kubeconfig
--authorization-kubeconfig=$CONF/controller-manager.kubeconfig
--bind-address=127.0.0.1
--service-account-private-key-file=$PKI/service-accounts.key
--root-ca-file=$PKI/ca.crt
--cluster-signing-cert-file=$PKI/ca.crt
--cluster-signing-key-file=$PKI/ca.key
--use-service-account-credentials
--allocate-node-cidrs
--cluster-cidr=$POD_CIDR
--service-cluster-ip-range=$SERVICE_CIDR
--leader-elect=false
--profiling=false
FLAGS
}

flags_of_kube_scheduler() {
  cat <<FLAGS
--kubeconfig=$CONF/scheduler.kubeconfig
--authentication-kubeconfig=$CONF/scheduler.kubeconfig
--authorization-kubeconfig=$CONF/scheduler.kubeconfig
--bind-address=127.0.0.1
--leader-elect=false
--profiling=false
FLAGS
}

flags_of_containerd() {
  echo "--config=$CONF/containerd.toml"
}

flags_of_policy_agent() {
  cat <<FLAGS
--kubeconfig=$CONF/policy-agent.kubeconfig
--node=$NODE_NAME
--socket=$POLICY_SOCKET
--claims=$POLICY_CLAIMS
FLAGS
}

flags_of_kubelet() {
  cat <<FLAGS
--kubeconfig=$CONF/kubelet-client.kubeconfig
--config=$CONF/kubelet.yaml
--hostname-override=$NODE_NAME
--node-ip=$NODE_ADDRESS
--node-labels=topology.kubernetes.io/region=local,topology.kubernetes.io/zone=local-a
--root-dir=$CAREPLANE_STATE/kubelet
--cert-dir=$CAREPLANE_STATE/kubelet/pki
FLAGS
}

flags_of_kube_proxy() {
  cat <<FLAGS
--kubeconfig=$CONF/kube-proxy.kubeconfig
--proxy-mode=nftables
--hostname-override=$NODE_NAME
--cluster-cidr=$POD_CIDR
--conntrack-max-per-core=0
--healthz-bind-address=127.0.0.1:10256
--metrics-bind-address=127.0.0.1:10249
FLAGS
}

# component_healthy NAME: asks the component itself.
component_healthy() {
  local get=(in_netns curl -fso /dev/null --max-time 3)
  case "$1" in
    etcd) "${get[@]}" http://127.0.0.1:2381/readyz ;;
    kube-apiserver) api_ready ;;
    kube-controller-manager) "${get[@]}" -k https://127.0.0.1:10257/healthz ;;
    kube-scheduler) "${get[@]}" -k https://127.0.0.1:10259/healthz ;;
    containerd) [ -S "$CONTAINERD_SOCKET" ] && timeout 3 "$BIN/ctr" --address "$CONTAINERD_SOCKET" version >/dev/null ;;
    policy-agent) curl -fso /dev/null --max-time 3 --unix-socket "$POLICY_SOCKET" http://policy-agent/healthz ;;
    kubelet) "${get[@]}" http://127.0.0.1:10248/healthz ;;
    kube-proxy) "${get[@]}" http://127.0.0.1:10256/livez ;;
  esac
}

api_ready() {
  curl -fso /dev/null --max-time 3 --cacert "$PKI/ca.crt" --cert "$PKI/admin.crt" --key "$PKI/admin.key" "$API_URL/readyz"
}
