# shellcheck shell=bash
# The cluster's network: one namespace and one veth pair to the host, without a route to the outside.
#
#   host  careplane0 10.200.0.1/24  ——veth——  eth0 10.200.0.2  namespace "careplane"  cni0 10.244.0.1  pods
#
# The veth pair carries only connections that the host opens (the API, NodePorts). Both ends refuse connections that the
# namespace or a pod opens. The host does not forward them. IPv6 is off, so that it is no second route.

NFT_TABLE=careplane_guard

make_network() {
  ip netns add "$NETNS"
  ip link add "$HOST_LINK" type veth peer name eth0 netns "$NETNS"
  guard_host
  guard_namespace
  sysctl -qw "net.ipv6.conf.$HOST_LINK.disable_ipv6=1" "net.ipv4.conf.$HOST_LINK.forwarding=0"
  ip address add "$HOST_ADDRESS/24" dev "$HOST_LINK"
  ip link set "$HOST_LINK" up

  # bridge-nf: a pod's packets to a Service with an endpoint on the same bridge must pass netfilter on their way back.
  in_netns sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
    net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1
  in_netns ip link set lo up
  in_netns ip address add "$NODE_ADDRESS/24" dev eth0
  in_netns ip link set eth0 up
  # Kubelet and apiserver look for a default route: this one leads to a bridge without ports.
  in_netns ip link add nowhere0 type bridge
  in_netns ip link set nowhere0 up
  in_netns ip route add default dev nowhere0
}

# The host's end drops forwarded packets and connections that the namespace opens.
guard_host() {
  nft -f - <<NFT
table inet $NFT_TABLE
delete table inet $NFT_TABLE
table inet $NFT_TABLE {
  chain forward {
    type filter hook forward priority -300; policy accept;
    iifname "$HOST_LINK" drop
    oifname "$HOST_LINK" drop
  }
  chain input {
    type filter hook input priority -150; policy accept;
    iifname "$HOST_LINK" ct state established,related ct direction reply accept
    iifname "$HOST_LINK" drop
  }
}
NFT
}

# The namespace's end: eth0 sends only replies and accepts only the API and NodePorts. The default route refuses, so
# that a program that tries to reach the outside fails at once instead of timing out.
guard_namespace() {
  in_netns nft -f - <<NFT
table inet $NFT_TABLE
delete table inet $NFT_TABLE
table inet $NFT_TABLE {
  chain output {
    type filter hook output priority 50; policy accept;
    oifname "eth0" ct direction reply accept
    # A connection to a Service is already translated here but still has the old route: the next chain decides.
    ct status dnat accept
    oifname { "eth0", "nowhere0" } reject with icmpx type admin-prohibited
  }
  # Filters outgoing packets after their final route is known.
  chain postrouting {
    type filter hook postrouting priority 50; policy accept;
    oifname "eth0" ct direction reply accept
    oifname { "eth0", "nowhere0" } drop
  }
  chain input {
    type filter hook input priority -150; policy accept;
    iifname "eth0" ct direction reply accept
    iifname "eth0" tcp dport { 6443, 30000-32767 } accept
    iifname "eth0" icmp type echo-request accept
    iifname "eth0" drop
  }
  chain forward {
    type filter hook forward priority -150; policy accept;
    iifname "eth0" ct status dnat accept
    oifname "eth0" ct direction reply accept
    oifname { "eth0", "nowhere0" } reject with icmpx type admin-prohibited
    iifname "eth0" drop
  }
}
NFT
}

# True when namespace, link and both packet filters are as make_network leaves them.
network_is_up() {
  [ -e "/run/netns/$NETNS" ] &&
    ip -br address show dev "$HOST_LINK" 2>/dev/null | grep -q "$HOST_ADDRESS/24" &&
    in_netns ip route show default | grep -q nowhere0 &&
    nft list table inet "$NFT_TABLE" >/dev/null 2>&1 &&
    in_netns nft list table inet "$NFT_TABLE" >/dev/null 2>&1
}

# Deleting the namespace deletes its links, rules and routes, and the host's end of the veth pair.
remove_network() {
  ip link delete "$HOST_LINK" 2>/dev/null || true
  if [ -e "/run/netns/$NETNS" ]; then
    ip netns delete "$NETNS" 2>/dev/null || { umount -l "/run/netns/$NETNS" 2>/dev/null || true; rm -f "/run/netns/$NETNS"; }
  fi
  nft delete table inet "$NFT_TABLE" 2>/dev/null || true
  # `ip netns add` mounts /run/netns on itself: unmount it with the last namespace.
  if [ -d /run/netns ] && [ -z "$(ls -A /run/netns)" ]; then umount /run/netns 2>/dev/null || true; fi
}
