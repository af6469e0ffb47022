#!/usr/bin/env bash
# Measures what a log-in costs in CPU beside its one password hash; writes bench/results/login.md. Fails above 1.5 times. Takes about a minute, as root.
#
#   run.sh [--times 20] [--rounds 5] [--profile FOLDER] [--out FOLDER]
#
# --profile leaves a CPU profile of identity in a folder. Ends everything that it has started, also on Ctrl-C.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
for engine in mongodb redis rabbitmq; do step "$engine" cluster/embedded/engine-rootfs.sh "$engine"; done
exec node bench/login/main.ts "$@"
