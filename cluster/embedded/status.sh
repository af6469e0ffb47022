#!/usr/bin/env bash
# Shows the state of the embedded cluster: its components, the node, and the pods that are not ready.
#
#   status.sh
#
# Exits 1 when any of them is unhealthy.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
source "$EMBEDDED_DIR/lib/load.sh"

show_line() {
  printf '%-26s %-12s %-8s %-12s %s\n' "$@"
}

# Asks the supervisor once for all components, then each component itself.
show_components() {
  local name state pid uptime health
  supervisor status 2>/dev/null >"$CAREPLANE_RUN/status" || true
  for name in "${COMPONENTS[@]}"; do
    read -r state pid uptime < <(awk -v name="$name" '$1 == name {gsub(",", ""); print $2, ($3 == "pid" ? $4 : "-"), ($5 == "uptime" ? $6 : "-")}' "$CAREPLANE_RUN/status") ||
      { state=absent pid=- uptime=-; }
    if component_healthy "$name" >/dev/null 2>&1; then health=yes; else health=NO WRONG=1; fi
    show_line "$name" "$state" "$pid" "$uptime" "$health"
  done
}

show_supervisor() {
  local pid state=STOPPED health=NO
  pid="$(cat "$CAREPLANE_RUN/supervisord.pid" 2>/dev/null || echo -)"
  if supervisor_is_up; then state=RUNNING health=yes; else WRONG=1; fi
  show_line supervisor "$state" "$pid" "$(ps -o etime= -p "$pid" 2>/dev/null | tr -d ' ' || echo -)" "$health"
}

show_pods_not_ready() {
  local pods
  pods="$(admin_kubectl get pods -A --no-headers -o custom-columns='NS:.metadata.namespace,NAME:.metadata.name,PHASE:.status.phase,READY:.status.conditions[?(@.type=="Ready")].status' |
    awk '$3 != "Succeeded" && $4 != "True"')"
  if [ -n "$pods" ]; then
    printf '\npods not ready:\n%s\n' "$pods"
    WRONG=1
  else
    printf '\nall pods are ready\n'
  fi
}

need_root
WRONG=0
if runs_of_another_state; then
  echo "another cluster runs, that of CAREPLANE_STATE=$(running_state); this one ($CAREPLANE_STATE) is down"
  exit 1
fi
if [ ! -e "$CAREPLANE_RUN/started" ]; then
  echo "the cluster is down (start it: cluster/embedded/up.sh)"
  exit 1
fi
show_line COMPONENT STATE PID UPTIME HEALTHY
show_supervisor
show_components
echo
if admin_kubectl get nodes; then show_pods_not_ready; else WRONG=1; fi
exit "$WRONG"
