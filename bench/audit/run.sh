#!/usr/bin/env bash
# Measures the audit log: entries a second, how long an entry takes into the log, verifying a million entries; writes
# bench/results/audit.md. Takes about two minutes, as root.
#
#   run.sh [--seconds 20] [--rate 2000] [--entries 1000000] [--out FOLDER]
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
step "MongoDB" cluster/embedded/engine-rootfs.sh mongodb
exec node bench/audit/main.ts "$@"
