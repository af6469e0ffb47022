#!/usr/bin/env bash
# Builds what the cluster runs; what is already built and unchanged takes no time.
#   scripts/build.sh           everything (embedded cluster: as root)
#   scripts/build.sh tools     packages and command-line tools (kubectl, helm, kubeconform, promtool): what `make lint` needs
#   scripts/build.sh engines   those, apiserver, etcd and the database engines: what the integration tests need
# With CAREPLANE_CLUSTER=kind only packages and bundles, as any user: cluster, tools and engines come from elsewhere.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"
# shellcheck source=lib/lanes.sh
source "$ROOT/scripts/lib/lanes.sh"

what="${1:-all}"

# Compiling keeps both cores busy for minutes on a cold machine.
compile() {
  [ "$what" = tools ] || cluster/embedded/build.sh kube
  cluster/embedded/build.sh tools
  [ "$what" = tools ] || step "kstatus, Helm 4, Argo CD's Lua, age" testing/ecosystem/build.sh
  [ "$what" = tools ] || step "versitygw" testing/versitygw/build.sh
}

# Fetching mostly waits for the network: it goes beside the compiler.
fetch() {
  packages
  root_file_systems
  [ "$what" = tools ] || step "OpenBao" testing/openbao/build.sh
}

packages() {
  step "npm packages" scripts/install-packages.sh
  if [ "$what" = all ]; then
    step "bundles" scripts/bundle.sh
    step "careplane and kubectl-careplane" scripts/install-cli.sh
  fi
}

root_file_systems() {
  local engine
  local engines=("${ENGINES[@]}")
  [ "$what" != tools ] || engines=(prometheus)
  for engine in "${engines[@]}"; do step "root file system of $engine" cluster/embedded/engine-rootfs.sh "$engine"; done
}

take_lock
if [ "$CAREPLANE_CLUSTER" = kind ]; then
  packages
  exit 0
fi
has_modprobe="$(command -v modprobe || true)"
cluster/embedded/preflight.sh
cluster/embedded/install.sh
# What could not be tried before the packages came, and loads what it finds.
[ -n "$has_modprobe" ] || cluster/embedded/preflight.sh
run_lanes go compile -- npm fetch
[ "$LANES_FAILED" = 0 ] ||
  fail "the build did not finish" "see the failed step above; what was built is kept, so run it again"
if [ "$what" = all ]; then cluster/embedded/build.sh engines services; fi
