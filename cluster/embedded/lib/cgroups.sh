# shellcheck shell=bash
# The cgroup of all pods. The kubelet requires it before its start.

make_cgroups() {
  local root
  while read -r root; do
    mkdir -p "$root/$CGROUP"
    # cgroup v1 creates a cpuset empty, and an empty cpuset accepts no process.
    if [ -e "$root/$CGROUP/cpuset.cpus" ] && [ -e "$root/cpuset.cpus" ]; then
      cat "$root/cpuset.cpus" >"$root/$CGROUP/cpuset.cpus"
      cat "$root/cpuset.mems" >"$root/$CGROUP/cpuset.mems"
    fi
  done < <(cgroup_roots)
  if [ -e /sys/fs/cgroup/cgroup.subtree_control ]; then
    local controller
    for controller in cpu cpuset memory pids io; do
      echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || true
    done
  fi
}
