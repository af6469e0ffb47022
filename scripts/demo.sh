#!/usr/bin/env bash
# The demo: patients and practitioners register, log in, book and read back through the gateway. Safe to repeat.
# Fails when a figure is not what it must be. Extra arguments go to the demo.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

need_node
need_cluster
GATEWAY_URL="${GATEWAY_URL:-$(scripts/env.sh --gateway)}"
GATEWAY_CA="${GATEWAY_CA:-$(scripts/env.sh --gateway-ca)}"
export GATEWAY_URL GATEWAY_CA
printf '==> demo against %s\n' "$GATEWAY_URL" >&2
exec node examples/demo/src/main.ts "$@"
