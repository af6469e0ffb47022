# shellcheck shell=bash
# Removes everything that leftovers.sh finds, in any state. For the cluster this is an announced power-off: pods get
# SIGTERM and ten seconds, the components stop in order, and the state on disk stays for the next start.

teardown() {
  stop_restarting
  stop_pods
  stop_components
  unmount_all
  remove_network
  remove_cgroups
  # Addresses, sockets and task state of the pods: as after a reboot, the next start must not find them.
  rm -rf "$CAREPLANE_RUN"
}

# Stops the kubelet first, because it restarts pods. After that, nothing restarts the supervisor either.
stop_restarting() {
  [ ! -d "$CAREPLANE_RUN" ] || touch "$CAREPLANE_RUN/stop"
  if [ -S "$CAREPLANE_RUN/supervisor.sock" ]; then
    timeout 20 supervisorctl --configuration "$CONF/supervisord.conf" stop kubelet kube-proxy || true
  fi
}

stop_pods() {
  local pids
  pids="$(pod_pids)"
  [ -n "$pids" ] || return 0
  # shellcheck disable=SC2086 # one argument each
  kill -TERM $pids 2>/dev/null || true
  wait_until 10 "the pods to stop" no_pod_pids || true
}

no_pod_pids() { [ -z "$(pod_pids)" ]; }

stop_components() {
  if [ -S "$CAREPLANE_RUN/supervisor.sock" ]; then
    timeout 30 supervisorctl --configuration "$CONF/supervisord.conf" shutdown || true
    wait_until 20 "the components to stop" no_supervisor || true
  fi
  kill_until_gone
}

no_supervisor() { [ ! -S "$CAREPLANE_RUN/supervisor.sock" ] || ! supervisorctl --configuration "$CONF/supervisord.conf" pid; }

# A shim may start a pod between the listing and the kill, so repeat until the list is empty.
kill_until_gone() {
  local try pids
  for try in $(seq 100); do
    pids="$(our_pids)"
    [ -n "$pids" ] || return 0
    # shellcheck disable=SC2086 # one argument each
    kill -KILL $pids 2>/dev/null || true
    sleep 0.1
  done
  echo "these processes do not die (try $try): $pids"
  return 1
}

# The mounts ended with the last process of their namespace; the loop device follows a moment later.
unmount_all() {
  local at
  our_mounts | while read -r at; do
    umount "$at" 2>/dev/null || umount --lazy "$at" || true
  done
  wait_until 60 "the loop device to be free" no_loops || our_loops | while read -r at; do losetup --detach "$at" || true; done
}

no_loops() { [ -z "$(our_loops)" ]; }

remove_cgroups() {
  local folder
  cgroup_folders | while read -r folder; do
    find "$folder" -depth -type d -exec rmdir {} \; 2>/dev/null || true
  done
}
