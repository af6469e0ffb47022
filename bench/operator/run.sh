#!/usr/bin/env bash
# Measures Careplane's operator and three others that do the same work, on fresh control planes without nodes, and writes
# bench/results/operator.md. Ours and controller-runtime then take turns. Takes about 24 minutes; nothing else should run on the machine.
#
#   run.sh [--only careplane,controller-runtime,healthcareservices,kopf,client-node,turns] [--n 1000] [--changes 200] [--turns 8]
#          [--out FOLDER]
#
# Builds what it needs into the cache ($CAREPLANE_CACHE/bench). Ends what it has started, also on Ctrl-C.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
step "control plane's programs" cluster/embedded/build.sh kube
step "the peers and the harness" bench/operator/build.sh "$@"
exec node bench/operator/main.ts "$@"
