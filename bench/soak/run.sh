#!/usr/bin/env bash
# Half an hour of random edits, deletions, foreign changes, operator and API server restarts, cut and frozen connections on a
# control plane without nodes. Ends converged, without a leak, without an error that is not explained; writes bench/results/soak.md.
#
#   run.sh [--minutes 30] [--seed NUMBER] [--out FOLDER]
#
# The same seed does the same things in the same order. Ends what it has started, also on Ctrl-C.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
step "control plane's programs" cluster/embedded/build.sh kube
exec node bench/soak/main.ts "$@"
