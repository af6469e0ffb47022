#!/usr/bin/env bash
# Installs the npm packages of package-lock.json, only when they are not the ones that are installed.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

# Lives in node_modules, which `npm ci` empties first: an interrupted install is never taken for a finished one.
stamp="$ROOT/node_modules/.careplane-lock"
wanted="$(sha256sum package-lock.json | cut -d' ' -f1)"
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0

PATH="$PLAIN_PATH" npm ci --no-audit --no-fund
printf '%s\n' "$wanted" >"$stamp"
need_node
