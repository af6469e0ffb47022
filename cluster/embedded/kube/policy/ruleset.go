package policy

import (
	"cmp"
	"net/netip"
	"strings"
)

// Ruleset is the content of the packet filter, independent of nftables. Names of chains and sets derive from their
// content or selector, so two rulesets differ exactly where their names and members differ.
//
// A packet of a new connection is looked up by its source in Egress and by its destination in Ingress. A packet without
// an entry passes; otherwise the entry's chain must allow it. A lookup takes the same time for ten pods and for ten
// thousand.
type Ruleset struct {
	// Pods holds every pod's address: a pod may always reach itself, also through a Service.
	Pods []netip.Addr
	// Sets holds the addresses of the pods that a list of peers selects.
	Sets map[string]AddressSet
	// Ports holds, for each port name in a policy, the pods that have it and their numbers.
	Ports map[string][]NamedPort
	// Chains that Enforced and Shadow refer to.
	Chains map[string]Chain
	// Enforced holds the chain of each isolated pod. Shadow holds chains that only record what they do not allow.
	Enforced, Shadow Lookup
}

// Lookup holds, per direction, a pod's chain by the pod's address.
type Lookup map[Direction]map[netip.Addr]string

// AddressSet is a set of pods' addresses.
type AddressSet struct {
	// About describes the selector, for people.
	About     string
	Addresses []netip.Addr
}

// NamedPort is one pod's number for a port name.
type NamedPort struct {
	Address  netip.Addr
	Protocol Protocol
	Port     uint16
}

// Chain holds the rules of all policies that apply to a pod in a direction. A flow that a rule matches is allowed. Any
// other flow is dropped, or recorded by a shadow chain.
type Chain struct {
	Direction Direction
	Shadow    bool
	Rules     []Rule
	// Policies are the sources of the rules; in a shadow chain, only those in shadow mode, which its records name.
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

// Names lists policies for messages.
func Names(refs []Ref) string {
	names := make([]string, len(refs))
	for i, ref := range refs {
		names[i] = ref.String()
	}
	return strings.Join(names, " ")
}
