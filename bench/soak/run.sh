#!/usr/bin/env bash
# Half an hour of random edits, deletions, changes by other clients, operator and API server restarts, cut and frozen
# connections on a control plane without nodes. Fails unless the operators converge, without a leak or an unexpected error.
# Writes bench/results/soak.md.
#
#   run.sh [--minutes 30] [--seed NUMBER] [--out FOLDER]
#
# A seed determines the faults and their order. Ends everything that it has started, also on Ctrl-C.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
step "control plane's programs" cluster/embedded/build.sh kube
exec node bench/soak/main.ts "$@"
