#!/usr/bin/env bash
# Proves that a new machine needs no more than the README says: runs its commands in a bare Debian 12 root file system of its own, with
# its own processes, mounts, /run and /var/lib, in a fresh clone of HEAD. As root, before a release; names every program that was missing.
#   scripts/bare.sh            make up, then make test: needs the machine's cluster to be down, some 50 minutes
#   scripts/bare.sh TARGET...  only these targets, as `lint`: goes beside whatever runs
# Of this machine it uses Go, Node and npm (the README's prerequisites that are no Debian packages), npm's and Go's caches of what
# they fetched, and how to reach the registries. CAREPLANE_BARE_CACHE=yes also what is built already: a fraction of the time.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"
# shellcheck source=../cluster/images/mirror.sh
source "$CLUSTER_DIR/images/mirror.sh"

# What somebody has who wants to run the README's commands, beside Go and Node.
PREREQUISITES=ca-certificates,git,make

make_bare() {
  remove_bare # of a run that was killed
  mkdir -p "$bare"
  mmdebstrap --variant=minbase --include="$PREREQUISITES" --aptopt='APT::Install-Recommends "false"' bookworm "$bare" "$(debian_mirror)"
  copy_network_settings "$bare"
}

remove_bare() { rm -rf --one-file-system "$bare"; }

# What is shared is empty here; enter() mounts this machine's over it.
prepare_bare() {
  local folder
  for folder in "${shared[@]}"; do mkdir -p "$bare$folder" "$folder"; done
  cp -a "$go_root" "$bare/usr/local/go"
  cp "$(readlink -f "$(PATH="$PLAIN_PATH" command -v node)")" "$bare/usr/local/bin/node"
  mkdir -p "$bare/usr/local/lib/node_modules"
  cp -a "$npm_root" "$bare/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$bare/usr/local/bin/npm"
  for file in "$HOME/.npmrc" "$HOME/.config/go/env" /etc/pip.conf; do
    [ ! -e "$file" ] || install -D "$file" "$bare$file"
  done
  git clone --quiet --no-local --depth 1 "file://$ROOT" "$bare/root/careplane"
}

# enter COMMAND...: in namespaces of mounts and processes that end with it; nothing stays mounted whatever happens. The bare file
# system becomes the root by pivot_root, as in a container: under chroot alone / is no mount point, and unshare and runc refuse that.
enter() {
  # shellcheck disable=SC2016 # for the inner shells
  unshare --mount --pid --fork --kill-child --propagation private sh -ec '
    bare="$1" shared="$2"
    shift 2
    mount --bind "$bare" "$bare"
    mount -t proc proc "$bare/proc"
    mount --rbind /sys "$bare/sys"
    mount --rbind /dev "$bare/dev"
    mount -t tmpfs tmpfs "$bare/run"
    [ ! -d /lib/modules ] || { mkdir -p "$bare/lib/modules"; mount --rbind /lib/modules "$bare/lib/modules"; }
    for folder in $shared; do mkdir -p "$bare$folder"; mount --bind "$folder" "$bare$folder"; done
    cd "$bare"
    pivot_root . mnt
    exec chroot . sh -ec "umount --lazy /mnt; exec \"\$@\"" sh "$@"' sh "$bare" "${shared[*]}" \
    env -i HOME=/root LANG=C.UTF-8 PATH="/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
    GOMODCACHE="$(go env GOMODCACHE)" GOCACHE="$go_cache" CAREPLANE_CACHE="$cache" npm_config_cache="$npm_cache" \
    CAREPLANE_DEBIAN_MIRROR="$(debian_mirror)" make -C /root/careplane "$@" 2>&1
}

# What a shell, env, find or Node says when there is no such program.
missing_programs() {
  sed -nE 's/.*: line [0-9]+: ([^: ]+): command not found.*/\1/p; s/.*env: .([^:]+).: No such file.*/\1/p;
    s/.*spawn(Sync)? ([^ ]+) ENOENT.*/\2/p; s/.*executable file not found.*"([^"]+)".*/\1/p' "$1" | sort -u
}

# Runs one target and says how long it took; its output is shown and kept.
run_target() {
  local log="$STEP_LOG_DIR/bare-$1.log" started status=0 program
  started=$(now_ms)
  printf '\n### make %s in a bare root file system\n' "$1"
  enter "$1" | tee "$log" || status=1
  for program in $(missing_programs "$log"); do printf 'missing: %s\n' "$program"; done
  printf '### make %s: %s in %s\n' "$1" "$([ "$status" = 0 ] && echo passed || echo failed)" "$(elapsed "$started")"
  return "$status"
}

print_help_if_asked "$@"
need_root
targets=("$@")
go_root="$(PATH="$PLAIN_PATH" go env GOROOT)"
npm_root="$(dirname "$(dirname "$(readlink -f "$(PATH="$PLAIN_PATH" command -v npm)")")")"
npm_cache="$(PATH="$PLAIN_PATH" npm config get cache)"
cache=/root/.cache/careplane
go_cache=/root/.cache/go-build
shared=("$(go env GOMODCACHE)" "$npm_cache")
if [ "${CAREPLANE_BARE_CACHE:-no}" = yes ]; then
  cache="$CAREPLANE_CACHE"
  go_cache="$(go env GOCACHE)"
  shared+=("$cache" "$go_cache")
fi
if [ ${#targets[@]} = 0 ]; then
  targets=(up test)
  [ -z "$(running_state)" ] || fail "a cluster runs on this machine" "stop it: make down"
  take_lock
elif [ "${CAREPLANE_BARE_CACHE:-no}" = yes ]; then
  take_lock
fi

bare="$CAREPLANE_CACHE/bare"
step "bare root file system" make_bare
step "Go, Node, npm and a clone of HEAD" prepare_bare
trap remove_bare EXIT
failed=0
for target in "${targets[@]}"; do run_target "$target" || failed=1; done
exit "$failed"
