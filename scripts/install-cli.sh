#!/usr/bin/env bash
# Puts `careplane`, `kubectl-careplane` (for `kubectl careplane`) and `kubectl_complete-careplane` (for its completion, kubectl 1.26 and
# later) beside the other tools, where `make env` looks.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

# The pinned Node where it is installed, else the one on the PATH. Words after the first two come before those of the user.
install_command() {
  local command="$1" shown="$2" words="${*:3}" program="$ROOT/dist/bundle/cli/main.mjs" node="$NODE_HOME/node"
  [ -x "$node" ] || node=node
  mkdir -p "$BIN"
  # Written beside it and renamed: a command that runs meanwhile is never half a file.
  cat >"$BIN/.$command.$$" <<SH
#!/bin/sh
# Written by scripts/install-cli.sh.
CAREPLANE_CLI_NAME="\${CAREPLANE_CLI_NAME:-$shown}" exec "$node" "$program" ${words:+$words }"\$@"
SH
  chmod +x "$BIN/.$command.$$"
  mv "$BIN/.$command.$$" "$BIN/$command"
}

install_command careplane careplane
install_command kubectl-careplane 'kubectl careplane'
install_command kubectl_complete-careplane 'kubectl careplane' __complete
