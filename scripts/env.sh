#!/usr/bin/env bash
# Prints shell settings for working with the cluster; use it as: eval "$(make -s env)"
#   scripts/env.sh --gateway      prints only the gateway's URL
#   scripts/env.sh --gateway-ca   writes the authority of the gateway's certificate into a file and prints its path
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

# The node's own address on the embedded cluster; on kind the port is mapped to this machine (cluster/kind/).
gateway_url() {
  if [ "$CAREPLANE_CLUSTER" = kind ]; then echo https://127.0.0.1:30080; else echo "https://$NODE_ADDRESS:30080"; fi
}

# Beside the kubeconfig. The namespace's authority may be replaced, so it is read again each time; without a clinic the file stays as it is.
gateway_ca() {
  local file secret
  file="$(dirname "$KUBECONFIG_ADMIN")/gateway-ca.crt"
  if secret="$(kubectl -n clinic get secret gateway.internal -o 'jsonpath={.data.ca\.crt}' --request-timeout=5s 2>/dev/null)" &&
    [ -n "$secret" ]; then
    base64 -d <<<"$secret" >"$file.$$" && mv "$file.$$" "$file"
  fi
  echo "$file"
}

case "${1:-}" in
  --gateway)
    gateway_url
    exit 0
    ;;
  --gateway-ca)
    gateway_ca
    exit 0
    ;;
esac
printf 'export KUBECONFIG=%q\n' "$KUBECONFIG"
printf 'export CAREPLANE_CLUSTER=%q\n' "$CAREPLANE_CLUSTER"
printf 'export GATEWAY_URL=%q\n' "$(gateway_url)"
printf 'export GATEWAY_CA=%q\n' "$(gateway_ca)"
if [ "$CAREPLANE_CLUSTER" = kind ]; then printf 'export CAREPLANE_KIND_CLUSTER=%q\n' "$KIND_CLUSTER"; fi
printf 'export PATH=%q:"$PATH"\n' "$NODE_HOME:$BIN"
