#!/usr/bin/env bash
# Measures Careplane's operator and three others with the same work, on fresh control planes without nodes, and writes
# bench/results/operator.md. Then Careplane and controller-runtime take turns. Takes about 24 minutes on an otherwise idle machine.
#
#   run.sh [--only careplane,controller-runtime,healthcareservices,kopf,client-node,turns] [--n 1000] [--changes 200] [--turns 8]
#          [--out FOLDER]
#
# Builds into the cache ($CAREPLANE_CACHE/bench). Ends everything that it has started, also on Ctrl-C.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
step "control plane's programs" cluster/embedded/build.sh kube
step "the peers and the harness" bench/operator/build.sh "$@"
exec node bench/operator/main.ts "$@"
