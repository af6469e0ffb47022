#!/usr/bin/env bash
# Shows the logs of the cluster's components.
#
#   logs.sh                  the last lines of each
#   logs.sh COMPONENT [-f]   one of them, with -f continuously
#
# Components: etcd kube-apiserver kube-controller-manager kube-scheduler containerd policy-agent kubelet kube-proxy
# supervisord keeper audit (the API server's audit log). The logs of pods: kubectl logs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"

log_of() {
  if [ "$1" = audit ]; then echo "$CAREPLANE_STATE/audit/audit.log"; else echo "$LOGS/$1.log"; fi
}

if [ $# = 0 ]; then
  for name in "${COMPONENTS[@]}"; do
    printf '=== %s (%s)\n' "$name" "$(log_of "$name")"
    tail -n 8 "$(log_of "$name")" 2>/dev/null || echo "(no log yet)"
  done
  exit 0
fi
log="$(log_of "$1")"
[ -e "$log" ] || fail "there is no log of '$1'" "one of: ${COMPONENTS[*]} supervisord keeper audit"
if [ "${2:-}" = -f ]; then
  exec tail -n 100 -F "$log"
fi
exec tail -n 200 "$log"
