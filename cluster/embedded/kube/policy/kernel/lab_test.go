// Package kernel tests the packet filter with real packets, in unnamed network namespaces that vanish with the test
// process. It needs root.
package kernel

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"careplane.dev/cluster/policy/policytest"
)

// A lab is the world of policytest on one node: every pod is a namespace on the node's bridge, and one host is outside.
//
//	pods 10.66.0.1-9 ── bridge 10.66.0.254 (node) 10.67.0.1 ── 10.67.0.2 outside
type lab struct {
	*testing.T
	// Namespaces by address.
	at        map[netip.Addr]netns.NsHandle
	node      netns.NsHandle
	listeners map[netip.Addr]*listeners
}

const (
	podPrefix     = 24
	outsideRouter = "10.67.0.1/24"
)

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{T: t, at: map[netip.Addr]netns.NsHandle{}, listeners: map[netip.Addr]*listeners{}}
	l.node = l.namespace()
	l.at[policytest.Node] = l.node
	l.in(l.node, func() error {
		for _, name := range []string{"ipv4/ip_forward", "bridge/bridge-nf-call-iptables", "bridge/bridge-nf-call-ip6tables"} {
			if err := os.WriteFile(filepath.Join("/proc/sys/net", name), []byte("1"), 0); err != nil {
				return fmt.Errorf("%w: is the module br_netfilter loaded?", err)
			}
		}
		return nil
	})
	node := l.handle(l.node)
	l.must(node.LinkAdd(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "bridge"}}))
	bridge := l.configure(node, "bridge", policytest.Node, podPrefix)
	for i, endpoint := range policytest.Endpoints() {
		switch endpoint.Address {
		case policytest.Node:
		case policytest.Outside:
			l.veth(endpoint.Address, "outside")
			router := netip.MustParsePrefix(outsideRouter)
			l.configure(node, "outside", router.Addr(), router.Bits())
			l.gateway(endpoint.Address, router.Addr())
		default:
			name := fmt.Sprint("pod", i)
			l.veth(endpoint.Address, name)
			port := l.link(node, name)
			l.must(node.LinkSetMaster(port, bridge))
			l.must(node.LinkSetHairpin(port, true))
			l.must(node.LinkSetUp(port))
			l.gateway(endpoint.Address, policytest.Node)
		}
		l.listen(endpoint.Address)
	}
	return l
}

// namespace makes a network namespace with its loopback interface up.
func (l *lab) namespace() netns.NsHandle {
	l.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, err := netns.Get()
	l.must(err)
	made, err := netns.New()
	if err != nil {
		l.Fatalf("cannot make a network namespace (it needs root): %v", err)
	}
	l.must(netns.Set(home))
	l.must(home.Close())
	l.Cleanup(func() { _ = made.Close() })
	handle := l.handle(made)
	l.must(handle.LinkSetUp(l.link(handle, "lo")))
	return made
}

// veth joins a new namespace, as eth0, with the node, under the name.
func (l *lab) veth(address netip.Addr, name string) {
	l.Helper()
	far := l.namespace()
	l.at[address] = far
	veth := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name}, PeerName: "eth0", PeerNamespace: netlink.NsFd(far)}
	l.must(l.handle(l.node).LinkAdd(veth))
	l.configure(l.handle(far), "eth0", address, podPrefix)
}

func (l *lab) configure(handle *netlink.Handle, name string, address netip.Addr, bits int) netlink.Link {
	l.Helper()
	link := l.link(handle, name)
	network := &net.IPNet{IP: address.AsSlice(), Mask: net.CIDRMask(bits, 32)}
	l.must(handle.AddrAdd(link, &netlink.Addr{IPNet: network}))
	l.must(handle.LinkSetUp(link))
	return link
}

func (l *lab) gateway(of, gateway netip.Addr) {
	l.Helper()
	handle := l.handle(l.at[of])
	l.must(handle.RouteAdd(&netlink.Route{LinkIndex: l.link(handle, "eth0").Attrs().Index, Gw: gateway.AsSlice()}))
}

func (l *lab) handle(at netns.NsHandle) *netlink.Handle {
	l.Helper()
	handle, err := netlink.NewHandleAt(at)
	l.must(err)
	l.Cleanup(handle.Close)
	return handle
}

func (l *lab) link(handle *netlink.Handle, name string) netlink.Link {
	l.Helper()
	link, err := handle.LinkByName(name)
	l.must(err)
	return link
}

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// in runs a function in a namespace: its sockets and child processes belong to that namespace.
func (l *lab) in(at netns.NsHandle, work func() error) {
	l.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, err := netns.Get()
	l.must(err)
	defer home.Close()
	l.must(netns.Set(at))
	err = work()
	l.must(errors.Join(err, netns.Set(home)))
}

func (l *lab) addresses() []netip.Addr {
	addresses := make([]netip.Addr, 0, len(l.at))
	for address := range l.at {
		addresses = append(addresses, address)
	}
	slices.SortFunc(addresses, netip.Addr.Compare)
	return addresses
}
