package policy

import (
	"cmp"
	"net/netip"
	"strings"
)

// Ruleset is what the packet filter must know, without saying how it is told. Chains and sets are named after what they
// hold (chains) or select (sets), so that two rulesets differ exactly where their names and members do.
//
// A packet of a new connection is looked up by its source in Egress and by its destination in Ingress; no entry lets it
// pass, an entry's chain must allow it. Either lookup takes the same time for ten pods and for ten thousand.
type Ruleset struct {
	// Pods holds every pod's address: to itself a pod may always talk, also by way of a Service.
	Pods []netip.Addr
	// Sets holds the addresses of the pods that a list of peers selects.
	Sets map[string]AddressSet
	// Ports holds, for each port name that a policy mentions, the pods that have it and its number there.
	Ports map[string][]NamedPort
	// Chains of all four maps below.
	Chains map[string]Chain
	// Enforced gives the chain of each isolated pod. Shadow, likewise, gives chains that only take down what they do not allow.
	Enforced, Shadow Lookup
}

// Lookup gives, per direction, a pod's chain by the pod's address.
type Lookup map[Direction]map[netip.Addr]string

// AddressSet is a set of pods' addresses.
type AddressSet struct {
	// About tells people what the set selects.
	About     string
	Addresses []netip.Addr
}

// NamedPort is where one pod listens for a port name.
type NamedPort struct {
	Address  netip.Addr
	Protocol Protocol
	Port     uint16
}

// Chain is the rules of all policies that apply to a pod in a direction. What one of the rules matches is allowed;
// everything else is dropped, or in a shadow chain taken down.
type Chain struct {
	Direction Direction
	Shadow    bool
	Rules     []Rule
	// Policies are those the rules come from; in a shadow chain those in shadow only: the ones to answer for
	// what it takes down.
	Policies []Ref
}

// Rule matches a packet when both its peer (the source for ingress, the destination for egress) and its destination
// port match. No Peers and no Blocks is every peer; no Ports and no NamedPorts is every port of every protocol.
type Rule struct {
	// Peers is the name of a set in Ruleset.Sets.
	Peers  string
	Blocks []AddressRange
	Ports  []PortRange
	// NamedPorts is a name in Ruleset.Ports.
	NamedPorts string
}

// Protocol is the name of a transport protocol as nftables has it: tcp, udp or sctp.
type Protocol string

// PortRange is an inclusive range of ports of one protocol.
type PortRange struct {
	Protocol    Protocol
	First, Last uint16
}

// AddressRange is an inclusive range of addresses.
type AddressRange struct {
	First, Last netip.Addr
}

// HasShadow tells whether anything is evaluated in shadow.
func (r Ruleset) HasShadow() bool {
	return len(r.Shadow[Ingress])+len(r.Shadow[Egress]) > 0
}

func (r Ref) String() string { return r.Namespace + "/" + r.Name }

func (r Ref) compare(other Ref) int {
	return cmp.Or(cmp.Compare(r.Namespace, other.Namespace), cmp.Compare(r.Name, other.Name))
}

// Names lists policies for people.
func Names(refs []Ref) string {
	names := make([]string, len(refs))
	for i, ref := range refs {
		names[i] = ref.String()
	}
	return strings.Join(names, " ")
}
