#!/usr/bin/env bash
# Puts `careplane` and `kubectl-careplane` (for `kubectl careplane`) beside the other tools, where `make env` looks.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

# The pinned Node where it is installed, else the one on the PATH.
install_command() {
  local command="$1" shown="$2" program="$ROOT/dist/bundle/cli/main.mjs" node="$NODE_HOME/node"
  [ -x "$node" ] || node=node
  mkdir -p "$BIN"
  # Written beside it and renamed: a command that runs meanwhile is never half a file.
  cat >"$BIN/.$command.$$" <<SH
#!/bin/sh
# Written by scripts/install-cli.sh.
CAREPLANE_CLI_NAME="\${CAREPLANE_CLI_NAME:-$shown}" exec "$node" "$program" "\$@"
SH
  chmod +x "$BIN/.$command.$$"
  mv "$BIN/.$command.$$" "$BIN/$command"
}

install_command careplane careplane
install_command kubectl-careplane 'kubectl careplane'
