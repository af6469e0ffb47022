# shellcheck shell=bash
# Where Docker runs: network, mount and process namespaces of their own, so that packet filter, forwarding, links and mounts of
# the machine stay as they are, and everything ends with the first process of the sandbox, however that one ends. What such
# namespaces do not hold (cgroups, some kernel settings, folders) is put back afterwards.

# run_in_sandbox COMMAND...: in the sandbox; its status. Ends with this shell, also when this one is killed.
run_in_sandbox() {
  local status=0
  setpriv --pdeathsig KILL unshare --net --mount --pid --fork --kill-child=KILL --mount-proc -- "$@" &
  SANDBOX=$!
  wait "$SANDBOX" || status=$?
  SANDBOX=""
  return "$status"
}

# Ends what is in the sandbox, and removes what a sandbox leaves, this one or one of a run that was killed.
clear_sandbox() {
  if [ -n "${SANDBOX:-}" ]; then kill -KILL "$SANDBOX" 2>/dev/null || true; fi
  wait_until 30 "the cgroups of the sandbox to be empty" remove_test_cgroups
  rm -rf --one-file-system "$TEST_RUN" "$TEST_WORK"
}

remove_test_cgroups() {
  local folder
  for folder in /sys/fs/cgroup/"$TEST_CGROUP" /sys/fs/cgroup/*/"$TEST_CGROUP"; do
    [ ! -d "$folder" ] || find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || return 1
  done
}

# Prints every kernel setting that can be written and is the whole machine's, as "path value".
kernel_settings() {
  find /proc/sys/kernel /proc/sys/vm /proc/sys/fs /proc/sys/user -type f -perm -u=rw ! -name ns_last_pid -exec grep -sH '' {} + | LC_ALL=C sort
}

# restore_settings FILE: what machine_state printed before; the kubelet and the node's systemd change some.
restore_settings() {
  local line
  LC_ALL=C comm -23 <(grep '^/proc/sys/' "$1") <(kernel_settings) | while read -r line; do
    # What a module brought may be gone with it.
    [ ! -e "${line%%:*}" ] || printf '%s\n' "${line#*:}" >"${line%%:*}"
  done
}

# Prints what the machine is like: what must be the same before and after.
machine_state() {
  echo "--- kernel settings"
  kernel_settings
  echo "--- mounts"
  awk '{$1 = $2 = ""; print}' /proc/self/mountinfo | sort
  echo "--- network"
  ip -o link | sed 's/ qlen.*//; s/^[0-9]*: //'
  ip -o address | sed 's/^[0-9]*: //; s/valid_lft.*//'
  ip route
  sysctl net.ipv4.ip_forward net.ipv4.conf.all.forwarding net.ipv6.conf.all.forwarding
  nft list ruleset 2>/dev/null | sed 's/counter packets [0-9]* bytes [0-9]*/counter/' || true
  echo "--- cgroups"
  find /sys/fs/cgroup -type d -path "*/$TEST_CGROUP*"
  echo "--- folders"
  ls -d "$TEST_RUN" "$TEST_WORK" /var/lib/docker /run/docker /etc/docker 2>/dev/null || true
  echo "--- packages"
  dpkg-query --show --showformat '${db:Status-Abbrev}${Package}\n'
}

# Prints the packages that are installed of those that apt's history FILE says it installed. The history gives packages for all
# architectures this machine's, by which dpkg does not know them.
installed_packages() {
  local name
  for name in $(sed -n 's/^Install: //p' "$1" | sed "s/ ([^)]*)//g; s/:$(dpkg --print-architecture)//g; s/,/ /g"); do
    case "$(dpkg-query --show --showformat '${db:Status-Abbrev}' "$name" 2>/dev/null || true)" in
      "" | un* | rc*) ;;
      *) echo "$name" ;;
    esac
  done
}

# Only what this run's own installation brought: somebody else may install packages meanwhile.
purge_packages() {
  local packages
  [ -e "$TEST_INSTALLED" ] || return 0
  packages="$(installed_packages "$TEST_INSTALLED")"
  if [ -n "$packages" ]; then
    # An installation that was killed in the middle is ended first: apt-get refuses everything until then.
    dpkg --configure -a >/dev/null
    # shellcheck disable=SC2086 # names have no spaces
    DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=300 purge $packages
  fi
  rm -f "$TEST_INSTALLED"
}

# What Docker makes wherever its own folders are: one for plugins, and one with a key that nothing uses.
remove_docker_folders() {
  grep -qx /run/docker "$TEST_BEFORE" || [ ! -d /run/docker/plugins ] || rmdir /run/docker/plugins /run/docker
  grep -qx /etc/docker "$TEST_BEFORE" || [ ! -d /etc/docker ] || { rm -f /etc/docker/key.json && rmdir /etc/docker; }
}

# Puts the machine back as the record says, which stays: what is in the record is compared afterwards.
put_back() {
  clear_sandbox
  if [ -e "$TEST_BEFORE" ]; then
    restore_settings "$TEST_BEFORE"
    remove_docker_folders
  fi
  purge_packages
}
