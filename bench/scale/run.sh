#!/usr/bin/env bash
# Measures the operator's memory and time as a cluster grows, and the duration of a failover; writes bench/results/scale.md.
# Takes about 15 minutes.
#
#   run.sh [--only bystanders,growth,failover] [--n 1000,5000,10000] [--bystanders 30000] [--out FOLDER]
#
#   bystanders  30,000 Secrets and ConfigMaps that do not concern the operator
#   growth      1,000, 5,000 and 10,000 HealthcareServices, each on a fresh control plane
#   failover    kills the leader of two, five times
#
# Ends everything that it has started, also on Ctrl-C.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
step "control plane's programs" cluster/embedded/build.sh kube
step "the harness" bench/operator/build.sh --only careplane
exec node bench/scale/main.ts "$@"
