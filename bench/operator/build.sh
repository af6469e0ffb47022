#!/usr/bin/env bash
# Builds the harness and the peers into the cache: Go programs, and a virtual environment for kopf. Skips existing ones.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

bench="$CAREPLANE_CACHE/bench"
mkdir -p "$bench/go"
(cd bench/operator && GOWORK=off GOFLAGS=-mod=readonly go build -trimpath -buildvcs=false -o "$bench/go/" ./harness ./peers/controller-runtime)

case "$*" in
  *--only*) [[ "$*" == *kopf* ]] || exit 0 ;;
esac
wanted="$(sha256sum <bench/operator/peers/kopf/requirements.txt)"
if [ "$(cat "$bench/python/.careplane-stamp" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$bench/python"
  python3 -m venv "$bench/python"
  "$bench/python/bin/pip" install --quiet --disable-pip-version-check --requirement bench/operator/peers/kopf/requirements.txt
  printf '%s\n' "$wanted" >"$bench/python/.careplane-stamp"
fi
