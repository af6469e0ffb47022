package nft

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"

	"careplane.dev/cluster/policy"
)

// WouldBlock is a flow that a shadow would have blocked in the last minute.
type WouldBlock struct {
	Direction policy.Direction
	From, To  netip.Addr
	Protocol  policy.Protocol
	Port      uint16
}

// WouldBlock reads the would-block sets.
func (t *Table) WouldBlock(ctx context.Context) ([]WouldBlock, error) {
	var all []WouldBlock
	for _, direction := range directions {
		elements, err := t.nft.ListElements(ctx, "set", wouldBlockSet(direction))
		if err != nil {
			return nil, fmt.Errorf("nft: %w", err)
		}
		for _, element := range elements {
			flow, err := parseWouldBlock(direction, element.Key)
			if err != nil {
				return nil, err
			}
			all = append(all, flow)
		}
	}
	return all, nil
}

func parseWouldBlock(direction policy.Direction, key []string) (WouldBlock, error) {
	if len(key) != 4 {
		return WouldBlock{}, fmt.Errorf("nft: %q is no flow", key)
	}
	from, err := netip.ParseAddr(key[0])
	if err != nil {
		return WouldBlock{}, err
	}
	to, err := netip.ParseAddr(key[1])
	if err != nil {
		return WouldBlock{}, err
	}
	port, err := strconv.ParseUint(key[3], 10, 16)
	if err != nil {
		return WouldBlock{}, err
	}
	return WouldBlock{direction, from, to, policy.Protocol(key[2]), uint16(port)}, nil
}
