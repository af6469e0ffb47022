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

# Prints "NAME ID NODE-ID" of each service image that Docker has: an image's IDs differ where Docker keeps images in containerd.
built_images() {
  local on_node name node_id
  on_node="$(docker exec "$KIND_NODE" crictl images --no-trunc)"
  for name in $(services); do
    name="$(service_image "$name")"
    node_id="$(awk -v name="$name" '$1 ":" $2 == name { print $3 }' <<<"$on_node")"
    docker image inspect --format "$name {{.Id}} ${node_id:-none}" "$name"
  done
}

# The node is looked at too: kubelet removes images that nothing uses when its disk fills. In this order, so that a run that is killed anywhere leaves more to do rather than less.
load_changed() {
  local built changed="" name id node_id
  built="$(built_images)"
  touch "$KIND_LOADED"
  while read -r name id node_id; do
    { [ "$node_id" != none ] && grep -qxF "$name $id $node_id" "$KIND_LOADED"; } || changed="$changed $name"
  done <<<"$built"
  [ -n "$changed" ] || return 0
  # shellcheck disable=SC2086 # names have no spaces
  printf '%s\n' $changed >>"$CHANGED_IMAGES"
  # shellcheck disable=SC2086
  kind load docker-image --name "$KIND_CLUSTER" $changed
  built_images >"$KIND_LOADED.new"
  mv "$KIND_LOADED.new" "$KIND_LOADED"
  for name in $changed; do note "changed: $name"; done
}

need_programs kind
take_lock
[ -n "$(services)" ] || fail "there are no bundles in $BUNDLES" "make them: make bundle"
kind_runs || fail "the kind cluster $KIND_CLUSTER is not running" "start it: make kind-up"
step "docker build of the service images" build_images
step "load what changed into kind" load_changed
