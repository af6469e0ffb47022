# shellcheck shell=bash
# Lists the cluster's leftovers on this machine: processes, mounts, loop devices, the namespace and its link, cgroups,
# rules, sockets. It finds them by membership in our namespace or cgroup and by paths below our folders, never by a
# name. Each function prints one item a line: down.sh removes them, leftovers.sh lists them, up.sh starts when there are
# none.

# Processes in our network namespace (control plane, kubelet, containerd, shims, hostNetwork pods), in the pods' cgroup,
# or of our build in a network namespace other than the machine's (the namespace's name may be lost).
our_pids() {
  {
    if [ -e "/run/netns/$NETNS" ]; then ip netns pids "$NETNS" 2>/dev/null || true; fi
    cgroup_folders | while read -r folder; do
      find "$folder" -name cgroup.procs -exec cat {} + 2>/dev/null || true
    done
    local host process
    host="$(readlink /proc/self/ns/net)"
    for process in /proc/[0-9]*; do
      case "$(readlink "$process/exe" 2>/dev/null)" in
        "$CAREPLANE_CACHE"/builds/kube-* | "$CAREPLANE_CACHE"/builds/policy-*)
          [ "$(readlink "$process/ns/net" 2>/dev/null)" = "$host" ] || basename "$process"
          ;;
      esac
    done
  } | sort -un | grep -vx -e 0 -e "$$" || true
}

pod_pids() {
  cgroup_folders | while read -r folder; do
    find "$folder" -name cgroup.procs -exec cat {} + 2>/dev/null || true
  done | sort -un | grep -vx 0 || true
}

# cgroup v1 has one folder for each hierarchy, v2 has one in all.
cgroup_roots() {
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    echo /sys/fs/cgroup
  else
    find /sys/fs/cgroup -mindepth 1 -maxdepth 1 -type d
  fi
}

cgroup_folders() {
  cgroup_roots | while read -r root; do
    [ ! -d "$root/$CGROUP" ] || echo "$root/$CGROUP"
  done
}

# Deepest first, the order of unmounting. The kernel writes a space as \040.
our_mounts() {
  awk '{print $5}' /proc/self/mountinfo | sed 's/\\040/ /g' |
    grep -E "^($CAREPLANE_STATE|$CAREPLANE_RUN)(/|\$)" | sort -ru || true
}

our_loops() {
  [ ! -e "$VOLUME_IMAGE" ] || losetup --noheadings --output NAME --associated "$VOLUME_IMAGE" 2>/dev/null || true
}

our_links() {
  [ ! -e "/run/netns/$NETNS" ] || echo "/run/netns/$NETNS"
  ip -br link show dev "$HOST_LINK" 2>/dev/null | cut -d'@' -f1 || true
  ! nft list table inet "$NFT_TABLE" >/dev/null 2>&1 || echo "nft table inet $NFT_TABLE"
}

all_leftovers() {
  local item
  our_pids | while read -r item; do echo "process $item $(ps -o args= -p "$item" | cut -c1-100 || true)"; done
  our_mounts | sed 's/^/mount /'
  our_loops | sed 's/^/loop device /'
  our_links | sed 's/^/network /'
  cgroup_folders | sed 's/^/cgroup /'
  [ ! -e "$CAREPLANE_RUN" ] || echo "folder $CAREPLANE_RUN"
}
