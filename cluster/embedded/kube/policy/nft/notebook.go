package nft

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"

	"careplane.dev/cluster/policy"
)

// Noted is a flow that a shadow would have blocked in the last minute.
type Noted struct {
	Direction policy.Direction
	From, To  netip.Addr
	Protocol  policy.Protocol
	Port      uint16
}

// Noted reads the notebook.
func (t *Table) Noted(ctx context.Context) ([]Noted, error) {
	var all []Noted
	for _, direction := range directions {
		elements, err := t.nft.ListElements(ctx, "set", notebook(direction))
		if err != nil {
			return nil, fmt.Errorf("nft: %w", err)
		}
		for _, element := range elements {
			noted, err := parseNoted(direction, element.Key)
			if err != nil {
				return nil, err
			}
			all = append(all, noted)
		}
	}
	return all, nil
}

func parseNoted(direction policy.Direction, key []string) (Noted, error) {
	if len(key) != 4 {
		return Noted{}, fmt.Errorf("nft: %q is no flow", key)
	}
	from, err := netip.ParseAddr(key[0])
	if err != nil {
		return Noted{}, err
	}
	to, err := netip.ParseAddr(key[1])
	if err != nil {
		return Noted{}, err
	}
	port, err := strconv.ParseUint(key[3], 10, 16)
	if err != nil {
		return Noted{}, err
	}
	return Noted{direction, from, to, policy.Protocol(key[2]), uint16(port)}, nil
}
