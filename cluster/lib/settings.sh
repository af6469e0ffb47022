# shellcheck shell=bash disable=SC2034
# What both kinds of cluster share: folders of the checkout, names of the services' images, --help.
# Everything on the path of `make kind-up` runs with bash 3.2 and BSD tools too (macOS).

CAREPLANE_CACHE="${CAREPLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/careplane}"
export CAREPLANE_CACHE

CLUSTER_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
REPO_DIR="$(dirname "$CLUSTER_DIR")"
BUNDLES="${CAREPLANE_BUNDLES:-$REPO_DIR/dist/bundle}"

REGISTRY=localhost/careplane
SERVICE_TAG=0.1.0

service_image() { echo "$REGISTRY/$1:$SERVICE_TAG"; }

# The programs that run as pods and whose bundles have been made.
services() {
  local bundle name
  for bundle in "$BUNDLES"/*/main.mjs; do
    [ -e "$bundle" ] || continue
    name="$(basename "$(dirname "$bundle")")"
    case "$name" in cli | demo) ;; *) echo "$name" ;; esac
  done
}

# The SHA-256 of standard input, in hexadecimal.
sha256() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1
}

# The text between a script's #! line and its first line of code is its help.
show_help() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$1"
}

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
  show_help "$0"
  exit 0
fi
