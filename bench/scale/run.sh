#!/usr/bin/env bash
# What the operator's memory and time do as a cluster grows, and how long a failover takes; writes bench/results/scale.md.
# Takes about a quarter of an hour.
#
#   run.sh [--only bystanders,growth,failover] [--n 1000,5000,10000] [--bystanders 30000] [--out FOLDER]
#
#   bystanders  30,000 Secrets and ConfigMaps that are nobody's business
#   growth      1,000, 5,000 and 10,000 HealthcareServices, each on a fresh control plane
#   failover    the leader of two is killed, five times
#
# Ends what it has started, also on Ctrl-C.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
step "control plane's programs" cluster/embedded/build.sh kube
step "the harness" bench/operator/build.sh --only careplane
exec node bench/scale/main.ts "$@"
