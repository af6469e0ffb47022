#!/usr/bin/env bash
# Measures what a request costs at the gateway, beside a plain Express answer and beside nginx as a proxy, and what becomes of requests at
# five times capacity; writes bench/results/gateway.md. Takes about two minutes.
#
#   run.sh [--seconds 8] [--rounds 3] [--profile FOLDER] [--out FOLDER]
#
# --profile leaves a CPU profile of the gateway in a folder. Ends everything that it has started, also on Ctrl-C.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
step "Redis" cluster/embedded/engine-rootfs.sh redis

# Debian's own, unpacked and not installed: nothing of it is configured or started on this machine.
fetch_nginx() {
  local folder="$CAREPLANE_CACHE/bench/nginx"
  [ ! -x "$folder/usr/sbin/nginx" ] || return 0
  mkdir -p "$folder"
  (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download nginx && dpkg-deb -x nginx_*.deb .)
}
step "nginx" fetch_nginx
exec node bench/gateway/main.ts "$@"
