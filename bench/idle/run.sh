#!/usr/bin/env bash
# Measures what a cluster costs while nobody uses it: CPU of every program of this machine for a minute; writes
# bench/results/idle.md. Bring the clinic up first (make up), and leave it alone for two minutes.
#
#   run.sh [--seconds 60] [--out FOLDER]
#
# Starts nothing and changes nothing.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
exec node bench/idle/main.ts "$@"
