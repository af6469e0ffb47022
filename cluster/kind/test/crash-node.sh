#!/usr/bin/env bash
# Ends the node container and all that runs in it without notice, and starts it again: what a power failure does.
#
#   crash-node.sh
set -euo pipefail

docker kill --signal KILL careplane-control-plane
docker start careplane-control-plane
