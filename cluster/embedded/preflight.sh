#!/usr/bin/env bash
# Checks that this machine can run the embedded cluster, before anything is changed. Prints each problem with its remedy
# and exits 1; prints one line and exits 0 when there are no problems.
#
#   preflight.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
source "$EMBEDDED_DIR/lib/load.sh"

# For the complete build and a first cluster; for each further cluster.
NEED_DISK_GB=15
NEED_STATE_GB=5
NEED_MEMORY_GB=6
PROBLEMS=()

problem() { PROBLEMS+=("$1"); }

# True when the first version is older than the second, by sort -V.
older_than() { [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

check_user() {
  [ "$(id -u)" = 0 ] || problem "This must run as root (it makes a network namespace, mounts and cgroups): run it with sudo or in a root shell."
}

check_system() {
  [ "$(uname -m)" = x86_64 ] || problem "This machine is $(uname -m), and the engines' packages are for x86_64: use a Linux x86_64 machine, or make kind-up."
  command -v apt-get >/dev/null || problem "There is no apt-get: use Debian 12 or newer, or make kind-up on a machine with Docker."
}

check_go() {
  local need have
  need="$(sed -n 's/^go //p' "$EMBEDDED_DIR/kube/go.mod")"
  if ! command -v go >/dev/null; then
    problem "Go is not on the PATH: install Go $need or newer from https://go.dev/dl/."
    return
  fi
  have="$(cd / && go env GOVERSION | sed 's/^go//; s/ .*//')"
  # With GOTOOLCHAIN=auto (Go's default) the go command fetches the toolchain that go.mod asks for.
  if older_than "$have" "$need" && { [ "$(cd / && go env GOTOOLCHAIN)" = local ] || older_than "$have" 1.21; }; then
    problem "Go $have is too old: install Go $need or newer from https://go.dev/dl/."
  fi
}

check_node() {
  local major
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    problem "Node or npm is not on the PATH: install Node 20 or newer (Node 26, which the services run on, comes by npm)."
    return
  fi
  major="$(node --version | sed 's/^v//; s/\..*//')"
  [ "$major" -ge 20 ] || problem "Node $(node --version) is too old: install Node 20 or newer."
}

# Measures the nearest existing parent: the folder itself may not exist yet.
free_gb() {
  local at="$1"
  while [ ! -d "$at" ]; do at="$(dirname "$at")"; done
  df --output=avail -BG "$at" | tail -n 1 | tr -dc 0-9
}

need_room() {
  [ "$(free_gb "$1")" -ge "$2" ] ||
    problem "Only $(free_gb "$1") GB are free for $1, $2 GB are needed: free some, or name another folder in CAREPLANE_CACHE / CAREPLANE_STATE."
}

check_room() {
  local memory
  # An existing build or state needs no more space.
  [ -x "$BIN/kube" ] || need_room "$CAREPLANE_CACHE" "$NEED_DISK_GB"
  [ -e "$CAREPLANE_STATE/kubeconfig" ] || need_room "$CAREPLANE_STATE" "$NEED_STATE_GB"
  memory=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024 / 1024))
  [ "$memory" -ge "$NEED_MEMORY_GB" ] || problem "This machine has $memory GB of memory, $NEED_MEMORY_GB GB are needed."
}

# Without modprobe, which install.sh brings, nobody knows yet.
can_load() { ! command -v modprobe >/dev/null || modprobe -q "$1" 2>/dev/null; }

# A module is available when it is loaded, built in (a folder in /sys/module or an entry of its own) or loadable.
kernel_has() { [ -e "$1" ] || can_load "$2"; }

check_kernel() {
  local missing=()
  grep -qw overlay /proc/filesystems || can_load overlay || missing+=(overlayfs)
  [ -c /dev/loop-control ] || can_load loop || missing+=("loop devices")
  [ -e /sys/fs/ext4/features/encryption ] || missing+=("ext4 encryption (CONFIG_FS_ENCRYPTION)")
  kernel_has /proc/sys/net/bridge/bridge-nf-call-iptables br_netfilter || missing+=("bridge netfilter (br_netfilter)")
  [ ${#missing[@]} = 0 ] || problem "The kernel lacks: $(IFS=,; echo "${missing[*]}"). Boot a stock Debian kernel."
}

# Tries each feature in a namespace that ends with the command.
check_network_features() {
  [ "$(id -u)" = 0 ] || return 0
  command -v ip >/dev/null || return 0 # install.sh brings it
  unshare --net ip link add try0 type veth peer name try1 2>/dev/null ||
    problem "The kernel cannot make veth pairs in a network namespace: boot a stock Debian kernel, or leave the container you are in."
  unshare --net ip link add try0 type bridge 2>/dev/null || problem "The kernel has no bridge: boot a stock Debian kernel."
  if command -v nft >/dev/null; then
    unshare --net nft add table inet try 2>/dev/null || problem "The kernel has no nf_tables: boot a stock Debian kernel."
  fi
}

check_cgroups() {
  local name
  for name in memory cpu; do
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
      grep -qw "$name" /sys/fs/cgroup/cgroup.controllers || problem "The cgroup controller $name is off: boot without cgroup_disable=$name."
    else
      [ -d "/sys/fs/cgroup/$name" ] || problem "The cgroup controller $name is not mounted below /sys/fs/cgroup: mount it, or boot with cgroup v2."
    fi
  done
}

# Detects resources that another program uses, so that the cluster does not break it.
check_foreign() {
  local route
  case "$CAREPLANE_STATE" in
    / | [!/]*) problem "CAREPLANE_STATE must be an absolute path of its own, not '$CAREPLANE_STATE'." ;;
  esac
  case "$CAREPLANE_STATE$CAREPLANE_CACHE" in
    *[[:space:]]*) problem "The paths in CAREPLANE_STATE and CAREPLANE_CACHE must not contain spaces." ;;
  esac
  command -v ip >/dev/null || return 0
  route="$(ip route show to match "$NODE_ADDRESS" 2>/dev/null | grep -v '^default' | grep -v "dev $HOST_LINK" || true)"
  [ -z "$route" ] || problem "The addresses 10.200.0.0/24, which the cluster uses, are taken on this machine ($route): remove that route or link."
}

check_user
check_system
check_go
check_node
check_room
check_kernel
check_network_features
check_cgroups
check_foreign
if [ ${#PROBLEMS[@]} -gt 0 ]; then
  printf 'This machine cannot run the embedded cluster yet:\n' >&2
  printf '  - %s\n' "${PROBLEMS[@]}" >&2
  exit 1
fi
echo "==> preflight … this machine has what the cluster needs"
