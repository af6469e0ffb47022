#!/usr/bin/env bash
# Makes up requests from the OpenAPI documents of identity, appointments and records (schemathesis) and sends them as each role to the services
# on real engines; writes bench/results/openapi.md. Fails on a 500, on a status or media type that a document does not name, and on
# an answer of another resource type. On a quiet machine it takes about twenty minutes.
#
#   run.sh [--examples 500] [--services identity,appointments,records] [--callers admin,patient] [--out FOLDER]
#
# --examples are those of each operation, shared out to the callers. --services leaves the rest of the page as it was. Ends everything that it has started, also on Ctrl-C.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
for engine in mongodb redis rabbitmq; do step "$engine" cluster/embedded/engine-rootfs.sh "$engine"; done

# The pinned versions and no others, in an environment of their own outside the checkout.
fetch_schemathesis() {
  local home="$CAREPLANE_CACHE/bench/schemathesis" wanted
  wanted="$(sha256 <bench/openapi/requirements.txt)"
  [ "$(cat "$home/installed" 2>/dev/null)" = "$wanted" ] && return 0
  python3 -c 'import venv, ensurepip' 2>/dev/null ||
    fail "Python 3 with venv is needed" "apt-get install python3 python3-venv"
  rm -rf "$home"
  python3 -m venv "$home"
  "$home/bin/pip" install --quiet --no-deps --requirement bench/openapi/requirements.txt
  printf '%s\n' "$wanted" >"$home/installed"
}
step "schemathesis" fetch_schemathesis
exec node bench/openapi/main.ts "$@"
