#!/usr/bin/env bash
# Prints what a shell needs to use the embedded cluster.
#
#   eval "$(cluster/embedded/env.sh)"
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"

# shellcheck disable=SC2016 # for the shell that evaluates it
printf 'export KUBECONFIG=%q\nexport PATH=%q:"$PATH"\n' "$KUBECONFIG_ADMIN" "$BIN"
