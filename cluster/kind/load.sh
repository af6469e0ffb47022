#!/usr/bin/env bash
# Builds the image of each bundle in dist/bundle/ with Docker, by the one Dockerfile, and loads those that changed into kind.
#
#   load.sh
#
# The images that changed are added to images-changed in the cluster's state folder, until scripts/deploy.sh has restarted
# what runs them: a run that is killed in between must not leave pods on old code.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

build_images() {
  local name
  for name in $(services); do
    # No attestations: with them every build has an ID of its own.
    BUILDX_NO_DEFAULT_ATTESTATIONS=1 docker build --file "$CLUSTER_DIR/images/Dockerfile" --build-arg "SERVICE=$name" \
      --tag "$(service_image "$name")" "$REPO_DIR"
  done
}

# Prints "NAME ID" of each service image that Docker has.
built_images() {
  local name
  for name in $(services); do
    docker image inspect --format "$(service_image "$name") {{.Id}}" "$(service_image "$name")"
  done
}

# In this order, so that a run that is killed anywhere leaves more to do rather than less.
load_changed() {
  local built changed="" name id
  built="$(built_images)"
  touch "$KIND_LOADED"
  while read -r name id; do
    grep -qxF "$name $id" "$KIND_LOADED" || changed="$changed $name"
  done <<<"$built"
  [ -n "$changed" ] || return 0
  # shellcheck disable=SC2086 # names have no spaces
  printf '%s\n' $changed >>"$CHANGED_IMAGES"
  # shellcheck disable=SC2086
  kind load docker-image --name "$KIND_CLUSTER" $changed
  printf '%s\n' "$built" >"$KIND_LOADED.new"
  mv "$KIND_LOADED.new" "$KIND_LOADED"
  for name in $changed; do note "changed: $name"; done
}

need_programs kind
take_lock
[ -n "$(services)" ] || fail "there are no bundles in $BUNDLES" "make them: make bundle"
kind_runs || fail "the kind cluster $KIND_CLUSTER is not running" "start it: make kind-up"
step "docker build of the service images" build_images
step "load what changed into kind" load_changed
