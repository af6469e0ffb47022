#!/usr/bin/env bash
# Brings into the cache what `make test-kind` needs and no registry has as an image: Docker, kind, kubeadm and more programs,
# the root file system of kind's node. What is there already is skipped.
#
#   build.sh
#
# Docker comes from Debian's packages, which are unpacked and not installed: the machine stays as it is.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=../../images/mirror.sh
source "$CLUSTER_DIR/images/mirror.sh"

unpack_docker() {
  local package
  (cd "$1" && apt-get download -qq docker.io containerd tini libdevmapper1.02.1)
  for package in "$1"/*.deb; do dpkg -x "$package" "$1"; done
  rm -f "$1"/*.deb
}

# The programs that kind's node has and the embedded cluster has not. Built in the module of the embedded cluster, so that
# nothing is compiled twice; what the module does not name is resolved in a copy of go.mod.
build_programs() {
  local modules="$1/modules"
  GOBIN="$1" go install "sigs.k8s.io/kind@$KIND_VERSION"
  GOBIN="$1" go install -trimpath -ldflags '-s -w' "sigs.k8s.io/cri-tools/cmd/crictl@$CRICTL_VERSION"
  mkdir "$modules"
  cp "$EMBEDDED_DIR/kube/go.mod" "$EMBEDDED_DIR/kube/go.sum" "$modules"
  printf '{"Replace":{"%s/kind-coredns/main.go":"%s"}}\n' "$EMBEDDED_DIR/kube" "$TEST_DIR/coredns/main.go" >"$modules/overlay.json"
  (cd "$EMBEDDED_DIR/kube" && CGO_ENABLED=0 GOWORK=off go build -modfile "$modules/go.mod" -mod=mod -overlay "$modules/overlay.json" \
    "${GO_FLAGS[@]}" -o "$1/" k8s.io/kubernetes/cmd/kubeadm ./kind-coredns)
  mv "$1/kind-coredns" "$1/coredns"
  rm -r "$modules"
}

make_bookworm() {
  mmdebstrap --variant=minbase \
    --include=systemd,conntrack,iptables,nftables,iproute2,ethtool,util-linux,mount,kmod,libseccomp2,e2fsprogs,ca-certificates,curl,jq,procps,runc,containernetworking-plugins \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$1" >&2
}

# Links to what this version of the scripts uses.
build_all() {
  local name folder
  mkdir -p "$TEST_CACHE"
  for name in docker programs bookworm; do
    case "$name" in
      docker) folder="$(cached docker-programs "$(declare -f unpack_docker | key_of)" unpack_docker)" ;;
      programs)
        folder="$(cached programs "$(cat "$TEST_DIR/coredns/main.go" "$EMBEDDED_DIR/kube/go.mod" | key_of "$(declare -f build_programs)" $KIND_VERSION $CRICTL_VERSION)" build_programs)"
        ;;
      bookworm) folder="$(cached bookworm "$(declare -f make_bookworm | key_of)" make_bookworm)" ;;
    esac
    touch "$folder"
    ln -sfn "$folder" "$TEST_CACHE/$name"
  done
  # What no run of the last two weeks used.
  find "$TEST_CACHE" -mindepth 1 -maxdepth 1 -name '*-*' -mtime +14 -exec rm -rf {} +
}

need_root
step "Docker, kind, kubeadm, a node's root file system" build_all
