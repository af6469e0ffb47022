#!/usr/bin/env bash
# promtool of this repository's Prometheus, on files of this repository: scripts/promtool.sh check rules FILE…
# Uses a promtool on PATH when there is one (CI), else the one in the prometheus engine's root file system.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

if command -v promtool >/dev/null; then exec promtool "$@"; fi

# A copy of observability/ goes in, because a bind mount would outlive a killed run.
rootfs="$(cluster/embedded/engine-rootfs.sh prometheus)"
[ -x "$rootfs/usr/bin/promtool" ] || fail "no promtool in $rootfs" "run: make build"
work="$(mktemp -d "$rootfs/tmp/promtool.XXXXXX")"
trap 'rm -rf "$work"' EXIT
cp -a observability "$work/"
# shellcheck disable=SC2016 # for the inner shell
chroot "$rootfs" /bin/sh -c 'cd "$1" && shift && exec promtool "$@"' sh "/tmp/${work##*/}" "$@"
