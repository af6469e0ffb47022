#!/usr/bin/env bash
# Builds the service images from dist/bundle/ and imports the changed ones into the running cluster.
#
#   load-images.sh [--changed-file FILE]
#
# FILE receives the full names of the changed images, one a line, so that the caller can restart their pods. Without
# FILE they go to file descriptor 3, if it is open.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
source "$EMBEDDED_DIR/lib/load.sh"

CHANGED_FILE=""
if [ "${1:-}" = --changed-file ]; then
  CHANGED_FILE="${2:?--changed-file needs a file name}"
fi

all_images() {
  platform_images
  local name
  for name in $(services); do service_image "$name"; done
}

import_all() {
  # shellcheck disable=SC2046 # names have no spaces
  CHANGED="$(import_changed $(all_images))"
}

need_root
[ -S "$CONTAINERD_SOCKET" ] || fail "the cluster is not running" "start it: cluster/embedded/up.sh"
[ -n "$(services)" ] || fail "there are no bundles in $BUNDLES" "make them: npm run bundle"
step "service images" build_service_images
CHANGED=""
step "import images" import_all
if [ -n "$CHANGED" ]; then printf '    changed: %s\n' "$(tr '\n' ' ' <<<"$CHANGED")"; fi
if [ -n "$CHANGED_FILE" ]; then
  printf '%s' "${CHANGED:+$CHANGED$'\n'}" >"$CHANGED_FILE"
elif { true >&3; } 2>/dev/null; then
  printf '%s' "${CHANGED:+$CHANGED$'\n'}" >&3
fi
