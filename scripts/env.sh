#!/usr/bin/env bash
# Prints shell settings for working with the cluster; use it as: eval "$(make -s env)"
#   scripts/env.sh --gateway   prints only the gateway's URL
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

# The node's own address on the embedded cluster; on kind the port is mapped to this machine (cluster/kind/).
gateway_url() {
  if [ "$CAREPLANE_CLUSTER" = kind ]; then echo http://127.0.0.1:30080; else echo "http://$NODE_ADDRESS:30080"; fi
}

if [ "${1:-}" = --gateway ]; then
  gateway_url
  exit 0
fi
printf 'export KUBECONFIG=%q\n' "$KUBECONFIG"
printf 'export CAREPLANE_CLUSTER=%q\n' "$CAREPLANE_CLUSTER"
printf 'export GATEWAY_URL=%q\n' "$(gateway_url)"
if [ "$CAREPLANE_CLUSTER" = kind ]; then printf 'export CAREPLANE_KIND_CLUSTER=%q\n' "$KIND_CLUSTER"; fi
printf 'export PATH=%q:"$PATH"\n' "$NODE_HOME:$BIN"
