# shellcheck shell=bash
# Certificates and keys, kept in the state folder and renewed when less than 30 days are left. There are three
# authorities for three kinds of trust: `ca` for Kubernetes' components, `front-proxy` for the aggregator's statements
# about users, `etcd` so that only the API server reaches the database.

RENEW_BEFORE=$((30 * 24 * 3600))

make_pki() {
  # openssl takes two seconds to check all certificates: once a day is enough.
  local checked="$PKI/checked"
  [ "$(cat "$checked" 2>/dev/null)" != "$(pki_checked)" ] || return 0
  make_all_of_pki
  pki_checked >"$checked"
}

# The date and the version of this file.
pki_checked() { echo "$(date +%F) $(sha256sum <"$EMBEDDED_DIR/lib/pki.sh")"; }

make_all_of_pki() {
  umask 077
  mkdir -p "$PKI" "$CAREPLANE_STATE/secrets"
  authority ca kubernetes-ca
  authority front-proxy-ca front-proxy-ca
  authority etcd-ca etcd-ca

  local api_names="DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:127.0.0.1,IP:$KUBERNETES_SERVICE,IP:$NODE_ADDRESS"
  local node_names="DNS:$NODE_NAME,IP:$NODE_ADDRESS"
  certificate apiserver ca serverAuth /CN=kube-apiserver "$api_names"
  certificate apiserver-kubelet-client ca clientAuth /O=careplane:kubelet-api/CN=kube-apiserver-kubelet-client
  certificate kubelet-server ca serverAuth "/O=system:nodes/CN=system:node:$NODE_NAME" "$node_names"
  certificate kubelet-client ca clientAuth "/O=system:nodes/CN=system:node:$NODE_NAME"
  certificate controller-manager ca clientAuth /CN=system:kube-controller-manager
  certificate scheduler ca clientAuth /CN=system:kube-scheduler
  certificate kube-proxy ca clientAuth /CN=system:kube-proxy
  certificate policy-agent ca clientAuth /CN=careplane:policy-agent
  certificate admin ca clientAuth /O=system:masters/CN=careplane-admin
  certificate front-proxy-client front-proxy-ca clientAuth /CN=front-proxy-client
  certificate metrics-server ca serverAuth /CN=metrics-server DNS:metrics-server.kube-system.svc
  certificate etcd-server etcd-ca serverAuth,clientAuth /CN=etcd IP:127.0.0.1,DNS:localhost
  certificate etcd-client etcd-ca clientAuth /CN=kube-apiserver

  [ -s "$PKI/service-accounts.pub" ] || {
    openssl genrsa -out "$PKI/service-accounts.key" 2048
    openssl rsa -in "$PKI/service-accounts.key" -pubout -out "$PKI/service-accounts.pub"
  }
  # etcd's encryption key for Secrets: 32 bytes for secretbox (XSalsa20-Poly1305).
  [ -s "$CAREPLANE_STATE/secrets/etcd-encryption-key" ] || write_file "$CAREPLANE_STATE/secrets/etcd-encryption-key" < <(head -c 32 /dev/urandom | base64 -w0)

  kubeconfig admin admin "$KUBECONFIG_ADMIN"
  local user
  for user in controller-manager scheduler kubelet-client kube-proxy policy-agent; do
    kubeconfig "$user" "$user" "$CONF/$user.kubeconfig"
  done
}

# write_file PATH: writes standard input to the file atomically.
write_file() {
  mkdir -p "$(dirname "$1")"
  cat >"$1.new"
  mv "$1.new" "$1"
}

still_good() {
  [ -s "$1.crt" ] && [ -s "$1.key" ] && openssl x509 -in "$1.crt" -noout -checkend "$RENEW_BEFORE" >/dev/null
}

# authority NAME COMMON-NAME
authority() {
  local at="$PKI/$1"
  still_good "$at" && return 0
  openssl ecparam -name prime256v1 -genkey -noout -out "$at.key"
  openssl req -x509 -new -key "$at.key" -subj "/CN=$2" -days 3650 -out "$at.crt.new" \
    -addext keyUsage=critical,keyCertSign,cRLSign -addext basicConstraints=critical,CA:true
  mv "$at.crt.new" "$at.crt"
}

# certificate NAME AUTHORITY USAGE SUBJECT [ALTERNATIVE-NAMES]
certificate() {
  local at="$PKI/$1" by="$PKI/$2"
  still_good "$at" && openssl verify -CAfile "$by.crt" "$at.crt" >/dev/null 2>&1 && return 0
  openssl ecparam -name prime256v1 -genkey -noout -out "$at.key"
  openssl req -new -key "$at.key" -subj "$4" -out "$at.csr"
  {
    echo "keyUsage=critical,digitalSignature"
    echo "extendedKeyUsage=$3"
    [ -z "${5:-}" ] || echo "subjectAltName=$5"
  } >"$at.ext"
  openssl x509 -req -in "$at.csr" -CA "$by.crt" -CAkey "$by.key" -CAcreateserial -days 365 -extfile "$at.ext" -out "$at.crt.new"
  mv "$at.crt.new" "$at.crt"
  rm -f "$at.csr" "$at.ext"
}

# kubeconfig USER CERTIFICATE FILE: embeds certificates and keys, so that the file can be copied.
kubeconfig() {
  write_file "$3" <<YAML
apiVersion: v1
kind: Config
clusters:
  - name: careplane
    cluster:
      server: $API_URL
      certificate-authority-data: $(base64 -w0 "$PKI/ca.crt")
users:
  - name: $1
    user:
      client-certificate-data: $(base64 -w0 "$PKI/$2.crt")
      client-key-data: $(base64 -w0 "$PKI/$2.key")
contexts:
  - name: careplane
    context: {cluster: careplane, user: $1}
current-context: careplane
YAML
}
