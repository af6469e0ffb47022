#!/usr/bin/env bash
# Installs the Debian packages of lib/packages.sh that are missing; says which and what for. Does nothing when all are there.
#
#   install.sh
#
# It starts and configures none of the packages' services: the cluster has its own supervisor, runc and packet filter.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
source "$EMBEDDED_DIR/lib/packages.sh"

apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=300 "$@"
}

need_root
mapfile -t missing < <(missing_packages)
if [ ${#missing[@]} = 0 ]; then
  echo "==> packages … all there"
  exit 0
fi
for name in "${missing[@]}"; do
  printf '    will install %-28s %s\n' "$name" "$(grep "^$name|" <<<"$PACKAGES" | cut -d'|' -f3)"
done
# Finish an interrupted installation first: until then apt-get refuses to work.
dpkg --configure -a >/dev/null
step "apt-get update" apt_get update
step "apt-get install" apt_get install --no-install-recommends "${missing[@]}"
