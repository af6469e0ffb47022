package nft

import (
	"fmt"
	"net/netip"
	"strings"

	"sigs.k8s.io/knftables"

	"careplane.dev/cluster/policy"
)

var directions = []policy.Direction{policy.Ingress, policy.Egress}

// statics are the table, its hooks, and the sets and maps that always exist.
func statics() []knftables.Object {
	objects := []knftables.Object{
		&knftables.Table{Comment: knftables.PtrTo("NetworkPolicies, by policy-agent; changes are lost")},
		hooked(forwardChain, knftables.ForwardHook),
		hooked(inputChain, knftables.InputHook),
		&knftables.Set{Name: podsSet, Type: "ipv4_addr . ipv4_addr", Comment: knftables.PtrTo("each pod to itself")},
	}
	for _, direction := range directions {
		objects = append(objects,
			&knftables.Map{Name: enforced(direction), Type: "ipv4_addr : verdict"},
			&knftables.Map{Name: shadow(direction), Type: "ipv4_addr : verdict"},
			&knftables.Set{
				Name:    wouldBlockSet(direction),
				Type:    "ipv4_addr . ipv4_addr . inet_proto . inet_service",
				Flags:   []knftables.SetFlag{knftables.DynamicFlag, knftables.TimeoutFlag},
				Size:    knftables.PtrTo[uint64](wouldBlockSize),
				Timeout: knftables.PtrTo(WouldBlockTimeout),
			})
	}
	return objects
}

var staticNames = []string{forwardChain, inputChain, podsSet,
	enforced(policy.Ingress), enforced(policy.Egress), shadow(policy.Ingress), shadow(policy.Egress),
	wouldBlockSet(policy.Ingress), wouldBlockSet(policy.Egress)}

func hooked(name string, hook knftables.BaseChainHook) *knftables.Chain {
	return &knftables.Chain{
		Name:     name,
		Type:     knftables.PtrTo(knftables.FilterType),
		Hook:     knftables.PtrTo(hook),
		Priority: knftables.PtrTo(knftables.FilterPriority),
	}
}

// rules renders a chain. Allowed packets return to the base chain, for its next lookup.
func rules(name string, chain policy.Chain) []*knftables.Rule {
	var list []*knftables.Rule
	add := func(text string) { list = append(list, &knftables.Rule{Chain: name, Rule: text}) }
	for _, rule := range chain.Rules {
		add(strings.Join(append(matches(rule, chain.Direction), "return"), " "))
	}
	if chain.Shadow {
		// Policies speak only of these protocols, and only these have ports.
		add(fmt.Sprintf("meta l4proto { tcp, udp, sctp } add @%s { ip saddr . ip daddr . meta l4proto . th dport }", wouldBlockSet(chain.Direction)))
	} else {
		add("drop")
	}
	return list
}

func matches(rule policy.Rule, direction policy.Direction) []string {
	peer := "ip saddr"
	if direction == policy.Egress {
		peer = "ip daddr"
	}
	var parts []string
	if rule.Peers != "" {
		parts = append(parts, peer+" @"+rule.Peers)
	}
	if len(rule.Blocks) > 0 && !isEverything(rule.Blocks) {
		parts = append(parts, peer+" "+braces(rule.Blocks, addressRange))
	}
	if len(rule.Ports) > 0 {
		parts = append(parts, "meta l4proto . th dport "+braces(rule.Ports, portRange))
	}
	if rule.NamedPorts != "" {
		parts = append(parts, "ip daddr . meta l4proto . th dport @"+rule.NamedPorts)
	}
	return parts
}

// isEverything: nftables cannot express the interval from the first address to the last.
func isEverything(blocks []policy.AddressRange) bool {
	return blocks[0].First == netip.IPv4Unspecified() && blocks[0].Last == netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

func braces[T any](list []T, text func(T) string) string {
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = text(one)
	}
	return "{ " + strings.Join(texts, ", ") + " }"
}

func addressRange(block policy.AddressRange) string {
	if block.First == block.Last {
		return block.First.String()
	}
	return fmt.Sprintf("%s-%s", block.First, block.Last)
}

func portRange(ports policy.PortRange) string {
	if ports.First == ports.Last {
		return fmt.Sprintf("%s . %d", ports.Protocol, ports.First)
	}
	return fmt.Sprintf("%s . %d-%d", ports.Protocol, ports.First, ports.Last)
}

// shorten cuts a comment to nft's limit and removes quotes, which would end it.
func shorten(text string) *string {
	text = strings.ReplaceAll(text, `"`, "'")
	if len(text) > knftables.CommentLengthMax {
		text = text[:knftables.CommentLengthMax-3] + "..."
	}
	return &text
}
