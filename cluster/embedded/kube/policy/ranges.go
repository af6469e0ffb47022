package policy

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// ports splits a rule's ports into merged numeric ranges and names. Both empty means every port.
func ports(list []networkingv1.NetworkPolicyPort) (ranges []PortRange, names []portName) {
	for _, port := range list {
		protocol := protocolName(protocolOr(port.Protocol))
		switch {
		case port.Port == nil:
			ranges = append(ranges, PortRange{protocol, 0, 65535})
		case port.Port.Type == intstr.String:
			names = append(names, portName{port.Port.StrVal, protocol})
		default:
			first := uint16(port.Port.IntVal)
			last := first
			if port.EndPort != nil {
				last = uint16(*port.EndPort)
			}
			if first <= last {
				ranges = append(ranges, PortRange{protocol, first, last})
			}
		}
	}
	slices.SortFunc(names, comparePortNames)
	return mergePorts(ranges), slices.Compact(names)
}

type portName struct {
	name     string
	protocol Protocol
}

func comparePortNames(a, b portName) int {
	return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.protocol, b.protocol))
}

func protocolName(protocol corev1.Protocol) Protocol {
	return Protocol(strings.ToLower(string(protocol)))
}

// mergePorts sorts ranges and joins overlapping and adjacent ones: nftables refuses overlapping set members.
func mergePorts(ranges []PortRange) []PortRange {
	slices.SortFunc(ranges, func(a, b PortRange) int {
		return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.First, b.First))
	})
	var merged []PortRange
	for _, next := range ranges {
		if n := len(merged); n > 0 && merged[n-1].Protocol == next.Protocol && int(next.First) <= int(merged[n-1].Last)+1 {
			merged[n-1].Last = max(merged[n-1].Last, next.Last)
			continue
		}
		merged = append(merged, next)
	}
	return merged
}

// span is an inclusive range of IPv4 addresses as numbers, wide enough to step past the last one.
type span struct{ first, last uint64 }

// blockRanges is the union of the blocks, each without its own exceptions: one block may allow an exception of another.
// IPv6 blocks match nothing in a cluster without IPv6.
func blockRanges(blocks []*networkingv1.IPBlock) []AddressRange {
	var spans []span
	for _, block := range blocks {
		cidr, found := spanOf(block.CIDR)
		if !found {
			continue
		}
		left := []span{cidr}
		for _, text := range block.Except {
			if except, found := spanOf(text); found {
				left = without(left, except)
			}
		}
		spans = append(spans, left...)
	}
	return addressRanges(mergeSpans(spans))
}

func spanOf(cidr string) (span, bool) {
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil || !prefix.Addr().Is4() {
		return span{}, false
	}
	bytes := prefix.Masked().Addr().As4()
	first := uint64(binary.BigEndian.Uint32(bytes[:]))
	return span{first, first + 1<<(32-prefix.Bits()) - 1}, true
}

func without(spans []span, hole span) []span {
	var left []span
	for _, one := range spans {
		if hole.last < one.first || hole.first > one.last {
			left = append(left, one)
			continue
		}
		if one.first < hole.first {
			left = append(left, span{one.first, hole.first - 1})
		}
		if one.last > hole.last {
			left = append(left, span{hole.last + 1, one.last})
		}
	}
	return left
}

func mergeSpans(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	var merged []span
	for _, next := range spans {
		if n := len(merged); n > 0 && next.first <= merged[n-1].last+1 {
			merged[n-1].last = max(merged[n-1].last, next.last)
			continue
		}
		merged = append(merged, next)
	}
	return merged
}

func addressRanges(spans []span) []AddressRange {
	var ranges []AddressRange
	for _, one := range spans {
		ranges = append(ranges, AddressRange{addressOf(one.first), addressOf(one.last)})
	}
	return ranges
}

func addressOf(number uint64) netip.Addr {
	var bytes [4]byte
	binary.BigEndian.PutUint32(bytes[:], uint32(number))
	return netip.AddrFrom4(bytes)
}
