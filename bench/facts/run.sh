#!/usr/bin/env bash
# Measures reads and searches of one app in a clinic where half of the patients have a policy of their own, and the facts that decisions
# ask for; writes bench/results/facts.md. Fails above 50 ms (p95 of reads) or 4 KiB (p95 of facts). Takes about two minutes, as root.
#
#   run.sh [--patients 100000] [--seconds 30] [--out FOLDER]
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
step "MongoDB" cluster/embedded/engine-rootfs.sh mongodb
exec node bench/facts/main.ts "$@"
