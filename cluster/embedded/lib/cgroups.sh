# shellcheck shell=bash
# The cgroup that all pods live below. The kubelet wants it to be there before it starts.

make_cgroups() {
  local root
  while read -r root; do
    mkdir -p "$root/$CGROUP"
    # A new cpuset of cgroup v1 is empty, and an empty one takes no process.
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
