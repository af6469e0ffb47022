#!/usr/bin/env bash
# Proves that the Dockerfile and the fast way (images.sh) make the same image: builds one service with buildah, then
# compares entry point, user, folder, environment, the content of /app and the tools that a proof needs. Exit 1 and the
# difference when they differ.
#
#   dockerfile-check.sh [SERVICE]     default: gateway; needs buildah (apt-get install buildah) and a built bundle
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../embedded/lib/settings.sh"
source "$CLUSTER_DIR/images/images.sh"

SERVICE="${1:-gateway}"
# Lower case throughout: buildah makes an image's name of it.
WORK="${TMPDIR:-/tmp}/careplane-dockerfile-check.$$"

# Storage of its own, without overlay mounts, so that nothing is left and nothing of the machine's is used.
buildah_here() {
  buildah --root "$WORK/storage" --runroot "$WORK/run" --storage-driver vfs "$@"
}

build_by_dockerfile() {
  local node
  image export "$NODE_IMAGE" >"$WORK/node.tar"
  mkdir "$WORK/oci"
  tar -C "$WORK/oci" -xf "$WORK/node.tar"
  node="$(buildah_here pull --quiet "oci:$WORK/oci:$NODE_IMAGE")"
  buildah_here tag "$node" "$NODE_IMAGE"
  # The context holds the bundle and nothing else: what the Dockerfile needs is what `npm run bundle` writes.
  mkdir -p "$WORK/context/dist/bundle"
  cp -r "$BUNDLES/$SERVICE" "$WORK/context/dist/bundle/"
  buildah_here build --quiet --isolation chroot --format oci --file "$CLUSTER_DIR/images/Dockerfile" \
    --pull-never --build-arg "BASE=$NODE_IMAGE" --build-arg "SERVICE=$SERVICE" --tag check "$WORK/context"
}

# Prints an image's run configuration, and names and digests of what is in its last layer below /app.
describe_dockerfile_image() {
  local container mount
  container="$(buildah_here from --pull-never check)"
  mount="$(buildah_here mount "$container")"
  buildah_here inspect --type image check |
    python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)["OCIv1"]["config"]))'
  (cd "$mount" && find app -type f -exec sha256sum {} + | sort -k 2)
}

describe_fast_image() {
  local manifest config layer
  manifest="$LAYOUT/blobs/sha256/$(image digest "$(service_image "$SERVICE")" | sed 's/.*sha256://')"
  read -r config layer < <(python3 -c '
import json, sys
manifest = json.load(open(sys.argv[1]))
print(manifest["config"]["digest"][7:], manifest["layers"][-1]["digest"][7:])' "$manifest")
  python3 -c 'import json, sys; print(json.dumps(json.load(open(sys.argv[1]))["config"]))' "$LAYOUT/blobs/sha256/$config"
  mkdir "$WORK/layer"
  tar -C "$WORK/layer" -xf "$LAYOUT/blobs/sha256/$layer"
  (cd "$WORK/layer" && find app -type f -exec sha256sum {} + | sort -k 2)
}

# The first line is JSON in any order and with labels that only the builder adds: keep what decides how it runs.
normalize() {
  python3 -c '
import json, sys
config = json.loads(sys.stdin.readline())
keys = ("User", "WorkingDir", "Entrypoint", "Cmd")
print(json.dumps({**{k: config.get(k) or None for k in keys}, "Env": sorted(config.get("Env", []))}, indent=1))
sys.stdout.write(sys.stdin.read())'
}

compare() {
  build_by_dockerfile
  build_service_images
  describe_dockerfile_image | normalize >"$WORK/dockerfile"
  describe_fast_image | normalize >"$WORK/fast"
  diff "$WORK/dockerfile" "$WORK/fast"
}

compare_in_work() (
  set -e
  trap 'rm -rf "$WORK"' EXIT
  mkdir -m 0700 "$WORK"
  compare
)

need_root
command -v buildah >/dev/null || fail "buildah is not installed" "apt-get install --no-install-recommends buildah"
[ -e "$BUNDLES/$SERVICE/main.mjs" ] || fail "there is no bundle of $SERVICE in $BUNDLES" "npm run bundle"
step "Dockerfile and fast build make the same image of $SERVICE" compare_in_work
