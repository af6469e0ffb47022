#!/usr/bin/env bash
# Measures what a read costs from the gateway to the database, beside a plain Express answer and beside nginx as a proxy, and what becomes of
# requests at five times capacity; writes bench/results/gateway.md. Takes about four minutes, as root.
#
#   run.sh [--seconds 8] [--rounds 3] [--patients 400] [--only NAME] [--profile FOLDER] [--out FOLDER]
#
# --only measures what has NAME in its name, beside plain Express. --profile leaves CPU profiles of the services in a folder. Ends everything that it has started, also on Ctrl-C.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
for engine in mongodb redis rabbitmq; do step "$engine" cluster/embedded/engine-rootfs.sh "$engine"; done

# Debian's own, unpacked and not installed: nothing of it is configured or started on this machine.
fetch_nginx() {
  local folder="$CAREPLANE_CACHE/bench/nginx"
  [ ! -x "$folder/usr/sbin/nginx" ] || return 0
  mkdir -p "$folder"
  (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download nginx && dpkg-deb -x nginx_*.deb .)
}
step "nginx" fetch_nginx
exec node bench/gateway/main.ts "$@"
