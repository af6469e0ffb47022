#!/bin/sh
# The first /24 of the pods' network is the one node's.
set -e
cat >/etc/cni/net.d/.new <<JSON
{
  "cniVersion": "0.3.1",
  "name": "kindnet",
  "plugins": [
    {
      "type": "ptp",
      "ipMasq": false,
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni-ipam-state",
        "routes": [{ "dst": "0.0.0.0/0" }],
        "ranges": [[{ "subnet": "${POD_SUBNET%.*.*}.0.0/24" }]]
      },
      "mtu": 1500
    },
    { "type": "portmap", "capabilities": { "portMappings": true } }
  ]
}
JSON
mv /etc/cni/net.d/.new /etc/cni/net.d/10-kindnet.conflist
exec sleep infinity
