#!/usr/bin/env bash
# Ends the node container and all that runs in it without notice, as a power failure does, and starts the cluster again.
#
#   crash-node.sh
set -euo pipefail

docker kill --signal KILL careplane-control-plane
exec "$(dirname "${BASH_SOURCE[0]}")/../up.sh"
