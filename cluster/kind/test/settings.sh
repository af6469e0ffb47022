# shellcheck shell=bash disable=SC2034
# What the scripts of `make test-kind` share: versions, folders, names. They run as root on Debian, with bash 5.

TEST_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$TEST_DIR/../../lib/step.sh"
source "$TEST_DIR/../../embedded/lib/settings.sh"
source "$EMBEDDED_DIR/lib/binaries.sh"

KIND_VERSION=v0.33.0
CRICTL_VERSION=v1.36.0
KUBERNETES_VERSION="$(version_of k8s.io/kubernetes)"

# Kept between runs: programs, root file systems, and Docker's images.
TEST_CACHE="$CAREPLANE_CACHE/kind-test"
TEST_DATA="$TEST_CACHE/data"
# Gone after each run.
TEST_RUN=/run/careplane-kind-test
TEST_WORK=/var/lib/careplane-kind-test
TEST_CGROUP=careplane-kind-test
# What the machine was like and what apt installed since, until it is put back: also by a later run, when this one is killed.
TEST_BEFORE=/run/careplane-kind-test.before
TEST_INSTALLED=/var/lib/careplane-kind-test.installed
# Who runs `make kind-up`, uid and gid: no account has them, neither Debian nor systemd hands them out. Whoever has the gid is
# root by way of Docker's socket, so it is not nogroup's, which daemons run with.
TEST_USER=61000

export DOCKER_HOST="unix://$TEST_RUN/docker.sock"
# Debian's Docker has no BuildKit builder.
export DOCKER_BUILDKIT=0
NODE_IMAGE_NAME="kindest/node:$KUBERNETES_VERSION"

# cached NAME KEY COMMAND...: prints $TEST_CACHE/NAME-KEY, which the command fills when it is not there: COMMAND... FOLDER.
cached() {
  local folder="$TEST_CACHE/$1-$2"
  if [ ! -d "$folder" ]; then
    rm -rf "$folder.new"
    mkdir -p "$folder.new"
    "${@:3}" "$folder.new" >&2
    mv "$folder.new" "$folder"
  fi
  echo "$folder"
}

# key_of WORDS...: of words, and of standard input.
key_of() { { echo "$*"; cat; } | sha256sum | cut -c1-12; }
