#!/usr/bin/env bash
# Builds the programs and images of the embedded cluster into the cache. It skips results that are in the cache.
#
#   build.sh [all|kube|tools|engines|services]...
#
#   kube      one binary with etcd, Kubernetes, kubectl, containerd and ctr; containerd's shim; our own small programs
#   tools     CoreDNS, metrics-server, local-path-provisioner (run as images), helm, kubeconform
#   engines   root file systems and images: base, pause, mongodb, rabbitmq, redis, prometheus, and those of the add-ons
#   services  one image for each bundle in dist/bundle/ (npm run bundle), on Node 26
#
# Every result is in a folder named after a hash of its inputs, outside of the checkout. $CAREPLANE_CACHE/bin holds
# stable links to the binaries. A cold build takes about 7 minutes on 2 cores, nearly all of it in the Go compiler.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
source "$EMBEDDED_DIR/lib/binaries.sh"
source "$CLUSTER_DIR/images/images.sh"

build() {
  case "$1" in
    kube) step "kube: etcd, Kubernetes 1.36, containerd" build_kube ;;
    tools) step "tools: CoreDNS, metrics-server, helm, …" build_tools ;;
    engines) step "engine images" build_engine_images ;;
    services) step "service images" build_service_images ;;
    *) fail "build.sh: no such target: $1" "one of: all kube tools engines services" ;;
  esac
}

# A cold build runs both in parallel: the compiler needs the cores, the root file systems need the network.
build_all() {
  step "small programs" build_small
  step "root file systems (in the background)" start_rootfs
  build kube
  build tools
  step "root file systems (the rest)" finish_rootfs
  build engines
  build services
  step "tidy the cache" tidy_cache
}

# Deletes results that no build of the last two weeks made or used. The cache holds no only copies.
tidy_cache() {
  local name
  image gc
  for name in builds rootfs; do
    find "$CAREPLANE_CACHE/$name" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} +
  done
}

start_rootfs() {
  local log="$STEP_LOG_DIR/rootfs-background.log"
  (for name in base "${ENGINES[@]}"; do "$CLUSTER_DIR/images/rootfs.sh" "$name"; done) >"$log" 2>&1 &
  ROOTFS_JOB=$!
}

finish_rootfs() {
  wait "$ROOTFS_JOB" || {
    cat "$STEP_LOG_DIR/rootfs-background.log"
    return 1
  }
}

need_root
[ $# -gt 0 ] || set -- all
for target in "$@"; do
  if [ "$target" = all ]; then build_all; else build "$target"; fi
done
