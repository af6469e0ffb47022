#!/usr/bin/env bash
# The npm packages of the lock file, unless exactly these are there already.
# Not `npm ci`: the lock file is written where the registry has only some platforms' optional packages, and `npm ci`
# refuses a lock file that leaves the others out. `npm install --no-save` takes the locked versions just the same and
# never writes the lock file.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

stamp=node_modules/.careplane-lock
wanted="$(sha256 <package-lock.json)"
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0
command -v npm >/dev/null || fail "npm is not on the PATH" "install Node, of the version in .nvmrc"

# Gone first, so that an interrupted install is never taken for a finished one.
rm -f "$stamp"
PATH="$PLAIN_PATH" npm install --no-save --no-audit --no-fund
printf '%s\n' "$wanted" >"$stamp"
