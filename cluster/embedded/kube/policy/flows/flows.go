// Package flows reaches into the kernel's connection tracking: what is under way there passes the packet filter without
// being looked at.
package flows

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Forget has the kernel forget every flow from or to the addresses, so that the next packet of each is judged anew: an
// address that is used again must not be reached by who was talking to its last pod.
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

// MatchConntrackFlow looks at both directions: a flow to a Service has the pod's address in that of the answers only.
func (w involving) MatchConntrackFlow(flow *netlink.ConntrackFlow) bool {
	for _, end := range []net.IP{flow.Forward.SrcIP, flow.Forward.DstIP, flow.Reverse.SrcIP, flow.Reverse.DstIP} {
		if address, ok := netip.AddrFromSlice(end); ok && w[address.Unmap()] {
			return true
		}
	}
	return false
}
