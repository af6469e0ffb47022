#!/usr/bin/env bash
# Builds the image of each bundle in dist/bundle/ with Docker, by the one Dockerfile, and loads them into kind.
#
#   load.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
source "$CLUSTER_DIR/images/images.sh"

build_images() {
  local name
  for name in $(services); do
    docker build --file "$CLUSTER_DIR/images/Dockerfile" --build-arg "SERVICE=$name" --tag "$(service_image "$name")" "$REPO_DIR"
  done
}

load_images() {
  local name images=()
  for name in $(services); do images+=("$(service_image "$name")"); done
  kind load docker-image --name "$KIND_CLUSTER" "${images[@]}"
}

need_docker
[ -n "$(services)" ] || fail "there are no bundles in $BUNDLES" "make them: npm run bundle"
kind_is_up || fail "the kind cluster $KIND_CLUSTER is not there" "make it: cluster/kind/up.sh"
step "docker build of the service images" build_images
step "load them into kind" load_images
