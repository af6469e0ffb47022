#!/usr/bin/env bash
# Stops, deletes or shows the logs of the cluster that CAREPLANE_CLUSTER names.
#   scripts/on-cluster.sh down|clean|logs
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

case "${1:-}" in
  down | clean | logs) exec "cluster/$CAREPLANE_CLUSTER/$1.sh" "${@:2}" ;;
  *) fail "what to do?" "one of: down clean logs" ;;
esac
