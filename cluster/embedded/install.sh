#!/usr/bin/env bash
# Installs the Debian packages of lib/packages.sh that are missing; says which and what for. Does nothing when all are there.
#
#   install.sh
#
# CAREPLANE_INSTALLED   apt's history of this installation goes to this file instead of its own, for who takes it back
#
# Nothing that the packages bring is started or configured: the cluster has its own supervisor, runc and packet filter.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/step.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
source "$EMBEDDED_DIR/lib/packages.sh"

apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=300 ${CAREPLANE_INSTALLED:+-o "Dir::Log::History=$CAREPLANE_INSTALLED"} "$@"
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
# An installation that was killed in the middle is ended first: apt-get refuses everything until then.
dpkg --configure -a >/dev/null
step "apt-get update" apt_get update
step "apt-get install" apt_get install --no-install-recommends "${missing[@]}"
