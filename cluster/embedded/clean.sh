#!/usr/bin/env bash
# Stops the embedded cluster and deletes its state: etcd, volumes with all their data, images, keys. The build cache
# stays, so the next up.sh makes a new cluster in a minute.
#
#   clean.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
source "$EMBEDDED_DIR/lib/load.sh"

delete_state() {
  # Delete only a cluster's state: a mistyped CAREPLANE_STATE must not delete a home folder.
  if [ -d "$CAREPLANE_STATE" ] && [ ! -d "$CAREPLANE_STATE/pki" ] && [ -n "$(ls -A "$CAREPLANE_STATE")" ]; then
    fail "$CAREPLANE_STATE does not look like a cluster's state" "check CAREPLANE_STATE"
  fi
  # pki identifies the folder as a cluster's state. It is deleted last, so that an interrupted run can be repeated.
  [ ! -d "$CAREPLANE_STATE" ] || find "$CAREPLANE_STATE" -mindepth 1 -maxdepth 1 ! -name pki -exec rm -rf --one-file-system {} +
  rm -rf --one-file-system "$CAREPLANE_STATE"
}

need_root
take_lock
"$EMBEDDED_DIR/down.sh"
step "delete $CAREPLANE_STATE" delete_state
