# shellcheck shell=bash
# The Debian packages that the embedded cluster, lint and the bench need, each with the file that shows that it is there.
# scripts/programs/check.ts (in `make lint`) reads the last column: a program that a script calls stands here or there.

# name|what proves it|what it is for|programs that scripts call
PACKAGES='
supervisor|/usr/bin/supervisord|restarts what dies|supervisord supervisorctl
runc|/usr/sbin/runc|starts containers|runc
containernetworking-plugins|/usr/lib/cni/bridge|connects pods to the network|
nftables|/usr/sbin/nft|packet filter, kube-proxy|nft
iproute2|/usr/bin/ip|network namespace|ip
conntrack|/usr/sbin/conntrack|kube-proxy forgets old connections|conntrack
mmdebstrap|/usr/bin/mmdebstrap|root file systems of the images|mmdebstrap
libatomic1|/usr/lib/x86_64-linux-gnu/libatomic.so.1|Node 26|
e2fsprogs|/usr/sbin/mkfs.ext4|the encrypted volume|mkfs.ext4
mount|/usr/sbin/losetup|its loop device|losetup mount umount
util-linux|/usr/bin/nsenter|enters the namespace|nsenter
openssl|/usr/bin/openssl|certificates|openssl
curl|/usr/bin/curl|health checks|curl
procps|/usr/bin/pgrep|finds processes|pgrep ps sysctl
python3-pip|module:pip|fetches mongod|python3
kmod|/usr/sbin/modprobe|loads kernel modules|modprobe
python3-venv|module:ensurepip|the bench installs kopf|
shellcheck|/usr/bin/shellcheck|lint of these scripts|shellcheck
maven|/usr/bin/mvn|fetches the FHIR validator|mvn
openjdk-17-jdk-headless|/usr/bin/javac|runs the FHIR validator|java javac
chromium|/usr/bin/chromium|the pages of log-in are tested in it|chromium
ca-certificates|/etc/ssl/certs/ca-certificates.crt|TLS to the registries|
'

# package_there PROOF. Debian 12 has /usr/sbin and /sbin (and /usr/bin and /bin) as one.
package_there() {
  case "$1" in
    module:*) python3 -c "import ${1#module:}" >/dev/null 2>&1 ;;
    *) [ -e "$1" ] ;;
  esac
}

missing_packages() {
  local name proof
  while IFS='|' read -r name proof _; do
    [ -z "$name" ] || package_there "$proof" || echo "$name"
  done <<<"$PACKAGES"
}
