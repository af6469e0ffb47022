#!/usr/bin/env bash
# Lists what the embedded cluster has on this machine besides its folders on disk: processes, mounts, loop devices,
# namespace, link, packet filter tables, cgroups, /run/careplane. Exits 1 when there is any.
#
#   leftovers.sh
#
# After down.sh it prints nothing; the tests check that.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
source "$EMBEDDED_DIR/lib/load.sh"

left="$(all_leftovers)"
[ -n "$left" ] || exit 0
printf '%s\n' "$left"
exit 1
