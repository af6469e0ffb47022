# shellcheck shell=bash

# The mirror that this machine's own apt uses for Debian (every release lies beside its own), by the label in the index.
debian_mirror() {
  local own
  # shellcheck disable=SC2016 # apt's own variable
  own="$(apt-get indextargets --format '$(SITE)' 'Label: Debian' 2>/dev/null | sort -u | head -n 1)" || true
  own="${CAREPLANE_DEBIAN_MIRROR:-$own}"
  [ -n "$own" ] || fail "apt knows no Debian mirror on this machine" "name one in CAREPLANE_DEBIAN_MIRROR"
  echo "$own"
}

# copy_network_settings ROOTFS: who resolves names, and apt's proxy.
copy_network_settings() {
  cp /etc/resolv.conf "$1/etc/resolv.conf"
  apt-config dump Acquire | grep -iE '::(http|https)::Proxy' >"$1/etc/apt/apt.conf.d/99host" || true
}

# mmdebstrap hands apt the first free descriptor in a shell command, and dash knows those of one digit alone: callers have more open.
mmdebstrap() (
  for descriptor in /proc/self/fd/*; do
    descriptor="${descriptor##*/}"
    [ "$descriptor" -le 2 ] || [ "$descriptor" -eq 255 ] || exec {descriptor}>&-
  done
  command mmdebstrap "$@"
)
