#!/usr/bin/env bash
# Prints the environment variables for use of the embedded cluster.
#
#   eval "$(cluster/embedded/env.sh)"
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"

# shellcheck disable=SC2016 # for the shell that evaluates it
printf 'export KUBECONFIG=%q\nexport PATH=%q:"$PATH"\n' "$KUBECONFIG_ADMIN" "$BIN"
