package nft

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"careplane.dev/cluster/policy"
)

// freshStamp is the lowest number that no chain or set in the table has at the end of its name.
func freshStamp(found map[string][]string) string {
	for number := 1; ; number++ {
		stamp := "." + strconv.Itoa(number)
		used := func(name string) bool { return strings.HasSuffix(name, stamp) }
		if !slices.ContainsFunc(found["chain"], used) && !slices.ContainsFunc(found["set"], used) {
			return stamp
		}
	}
}

// stamped appends the stamp to the name of every chain and set. So a restarted agent can create its objects beside
// those of the previous agent and then replace them.
func stamped(ruleset policy.Ruleset, stamp string) policy.Ruleset {
	next := ruleset
	next.Sets, next.Ports = renamed(ruleset.Sets, stamp), renamed(ruleset.Ports, stamp)
	next.Chains = map[string]policy.Chain{}
	for name, chain := range ruleset.Chains {
		chain.Rules = slices.Clone(chain.Rules)
		for i := range chain.Rules {
			chain.Rules[i].Peers = withStamp(chain.Rules[i].Peers, stamp)
			chain.Rules[i].NamedPorts = withStamp(chain.Rules[i].NamedPorts, stamp)
		}
		next.Chains[name+stamp] = chain
	}
	next.Enforced, next.Shadow = stampedLookup(ruleset.Enforced, stamp), stampedLookup(ruleset.Shadow, stamp)
	return next
}

func renamed[T any](of map[string]T, stamp string) map[string]T {
	next := make(map[string]T, len(of))
	for name, value := range of {
		next[name+stamp] = value
	}
	return next
}

func withStamp(name, stamp string) string {
	if name == "" {
		return ""
	}
	return name + stamp
}

func stampedLookup(lookup policy.Lookup, stamp string) policy.Lookup {
	next := policy.Lookup{}
	for direction, chains := range lookup {
		next[direction] = make(map[netip.Addr]string, len(chains))
		for address, chain := range chains {
			next[direction][address] = chain + stamp
		}
	}
	return next
}
