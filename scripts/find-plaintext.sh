#!/usr/bin/env bash
# Searches everything that the clinic on the embedded cluster keeps for texts, one a line of standard input (root).
#   scripts/find-plaintext.sh < names.txt
# Databases with their logs of changes, caches, volumes, logs, objects, labels of metrics; texts in any spelling: UTF-8 and UTF-16, base64,
# hexadecimal, percent-encoded. Ends with 1 when one is found.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

[ "$CAREPLANE_CLUSTER" = embedded ] || fail "only the embedded cluster's volumes and logs are on this machine" "leave CAREPLANE_CLUSTER unset"
need_node
need_cluster
export CAREPLANE_STATE
exec node e2e/embedded/find-plaintext.ts
