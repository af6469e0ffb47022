// Package flows removes tracked connections from the kernel: the packet filter accepts established connections unseen.
package flows

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Forget removes every tracked connection from or to the addresses, so that the policies decide about its next packet.
// A reused address does not inherit the connections of its former pod.
func Forget(addresses []netip.Addr) error {
	which := involving{}
	for _, address := range addresses {
		which[address] = true
	}
	if _, err := netlink.ConntrackDeleteFilters(netlink.ConntrackTable, unix.AF_INET, which); err != nil {
		return fmt.Errorf("connection tracking: %w", err)
	}
	return nil
}

type involving map[netip.Addr]bool

// MatchConntrackFlow compares both directions: a flow to a Service has the pod's address only in the reply direction.
func (w involving) MatchConntrackFlow(flow *netlink.ConntrackFlow) bool {
	for _, end := range []net.IP{flow.Forward.SrcIP, flow.Forward.DstIP, flow.Reverse.SrcIP, flow.Reverse.DstIP} {
		if address, ok := netip.AddrFromSlice(end); ok && w[address.Unmap()] {
			return true
		}
	}
	return false
}
