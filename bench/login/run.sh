#!/usr/bin/env bash
# Measures what a log-in costs in CPU beside its one password hash. Fails above 1.5 times. Takes about a minute, as root.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
exec node bench/login/main.ts "$@"
