# shellcheck shell=bash
# The Go programs: built into $CAREPLANE_CACHE/builds/<name>-<key>/, linked from $CAREPLANE_CACHE/bin/.

# version_of MODULE: the version that go.mod pins.
version_of() {
  awk -v module="$1" '$1 == module && $2 ~ /^v/ {print $2; exit}' "$EMBEDDED_DIR/kube/go.mod"
}

# A program that is built as a module does not know its version, but clients ask for it (helm, charts, kubectl).
version_flags() {
  local kubernetes
  kubernetes="$(version_of k8s.io/kubernetes)"
  printf -- '-X k8s.io/component-base/version.%s ' "gitVersion=$kubernetes" gitMajor=1 "gitMinor=$(cut -d. -f2 <<<"$kubernetes")" \
    gitTreeState=clean
  printf -- '-X %s ' "github.com/containerd/containerd/v2/version.Version=$(version_of github.com/containerd/containerd/v2)" \
    "helm.sh/helm/v3/internal/version.version=$(version_of helm.sh/helm/v3)"
}

# Static, without debug information: a third less to compile and link, and the same binary runs in an empty image.
GO_FLAGS=(-trimpath -buildvcs=false -tags "no_btrfs,no_devmapper,no_zfs" -gcflags "all=-dwarf=false" -ldflags "-s -w $(version_flags)")

# One binary, many names: see kube/kube/main.go.
KUBE_NAMES=(etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl containerd ctr)
SMALL=(./fscrypt-folder ./image ./pause)
POLICY=(./policy-agent ./policy-cni)
KUBE=(./kube github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2)
TOOLS=(./coredns sigs.k8s.io/metrics-server/cmd/metrics-server github.com/rancher/local-path-provisioner
  helm.sh/helm/v3/cmd/helm github.com/yannh/kubeconform/cmd/kubeconform)

build_small() { build_binaries small "${SMALL[@]}"; }
build_tools() { build_binaries tools "${TOOLS[@]}"; }

build_kube() {
  build_small
  build_binaries kube "${KUBE[@]}"
  # Built separately and last: a change of the policy programs costs one small link.
  build_binaries policy "${POLICY[@]}"
}

# build_binaries NAME PACKAGES...
build_binaries() {
  local name="$1" folder
  shift
  folder="$CAREPLANE_CACHE/builds/$name-$(binaries_key "$@")"
  if [ ! -d "$folder" ]; then
    rm -rf "$folder.new"
    mkdir -p "$folder.new"
    (cd "$EMBEDDED_DIR/kube" && CGO_ENABLED=0 GOWORK=off GOFLAGS=-mod=readonly GOGC=400 go build "${GO_FLAGS[@]}" -o "$folder.new/" "$@")
    if [ "$name" = kube ]; then
      local component
      for component in "${KUBE_NAMES[@]}"; do ln -s kube "$folder.new/$component"; done
    fi
    mv "$folder.new" "$folder"
  fi
  touch "$folder" # still in use: see tidy_cache
  link_binaries "$folder"
}

# The key of a build covers the compiler, the flags, the pinned modules and our own sources. A changed comment costs
# only a link, because the compiler has its own cache.
binaries_key() {
  {
    go env GOVERSION GOARCH
    echo "${GO_FLAGS[*]} $*"
    cd "$EMBEDDED_DIR/kube" || exit
    cat go.mod go.sum
    local package
    for package in "$@"; do
      case "$package" in ./*) cat "$package"/*.go ;; esac
      # The only package of ours that several programs share.
      case "$package" in ./policy-*) find policy -name '*.go' -not -name '*_test.go' | sort | xargs cat ;; esac
    done
  } | sha256sum | cut -c1-16
}

# Replaces links by renaming: a concurrent caller finds the old program or the new one.
link_binaries() {
  local program link
  mkdir -p "$BIN"
  for program in "$1"/*; do
    link="$BIN/$(basename "$program")"
    [ "$(readlink "$link" 2>/dev/null)" != "$program" ] || continue
    ln -sfn "$program" "$link.new"
    mv -T "$link.new" "$link"
  done
}
