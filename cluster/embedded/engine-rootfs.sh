#!/usr/bin/env bash
# Prints a folder in which one engine runs by chroot, with the same files as its image. Makes the folder when the cache
# lacks it.
#
#   engine-rootfs.sh mongodb|rabbitmq|redis|prometheus
#
# For integration tests that start the real engine as a process on loopback, without a cluster:
#   chroot --userspec=999:999 "$(engine-rootfs.sh redis)" redis-server --port 7000
# All tests share the folder: keep data in another folder and mount nothing below it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"

exec "$CLUSTER_DIR/images/rootfs.sh" "${1:-}"
