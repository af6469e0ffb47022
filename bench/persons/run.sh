#!/usr/bin/env bash
# Measures what encrypted persons cost: creates, reads and searches over blind indexes, beside the same searches in plain; writes
# bench/results/persons.md. Takes about ten minutes, as root.
#
#   run.sh [--patients 100000] [--searches 500] [--out FOLDER]
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
step "MongoDB" cluster/embedded/engine-rootfs.sh mongodb
exec node bench/persons/main.ts "$@"
