#!/usr/bin/env bash
# Measures for how long a replica set of three takes no write after kill -9 of its primary; writes bench/results/write-gap.md.
# Takes about five minutes. Fails when the 95th percentile is above four seconds, or an acknowledged write is lost.
#
#   run.sh [--kills 20] [--writers 8] [--out FOLDER]
#
# Ends everything that it has started, also on Ctrl-C.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
step "MongoDB" cluster/embedded/engine-rootfs.sh mongodb
exec node bench/write-gap/main.ts "$@"
