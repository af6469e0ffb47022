package policy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
)

// Compile turns a snapshot into a ruleset. It is pure: equal snapshots give equal rulesets in any order of their items.
func Compile(snapshot Snapshot) Ruleset {
	c := newCompiler(snapshot)
	for _, direction := range []Direction{Ingress, Egress} {
		c.enforce(direction)
		c.shadow(direction)
	}
	return c.out
}

type compiler struct {
	namespaces map[string]map[string]string
	// Pods that hold an address, by namespace, and all of them by address.
	byNamespace map[string][]Pod
	pods        []Pod
	policies    []Policy
	// Chain names by combination of policies: most pods share one.
	chains map[string]string
	out    Ruleset
}

func newCompiler(snapshot Snapshot) *compiler {
	c := &compiler{
		namespaces:  map[string]map[string]string{},
		byNamespace: map[string][]Pod{},
		policies:    slices.Clone(snapshot.Policies),
		chains:      map[string]string{},
		out: Ruleset{
			Sets:     map[string]AddressSet{},
			Ports:    map[string][]NamedPort{},
			Chains:   map[string]Chain{},
			Enforced: Lookup{Ingress: {}, Egress: {}},
			Shadow:   Lookup{Ingress: {}, Egress: {}},
		},
	}
	for name, labels := range snapshot.Namespaces {
		c.namespaces[name] = labels
	}
	for address, pod := range Holders(snapshot.Pods) {
		c.pods = append(c.pods, pod)
		c.out.Pods = append(c.out.Pods, address)
	}
	slices.SortFunc(c.pods, func(a, b Pod) int { return a.Address.Compare(b.Address) })
	slices.SortFunc(c.out.Pods, netip.Addr.Compare)
	slices.SortFunc(c.policies, func(a, b Policy) int { return a.Ref().compare(b.Ref()) })
	for _, pod := range c.pods {
		c.byNamespace[pod.Namespace] = append(c.byNamespace[pod.Namespace], pod)
	}
	return c
}

// part is one policy's contribution to a pod's chain.
type part struct {
	policy Policy
	spec   networkingv1.NetworkPolicySpec
}

type reading func(Policy) networkingv1.NetworkPolicySpec

func asEnforced(policy Policy) networkingv1.NetworkPolicySpec { return policy.Spec }

func asInShadow(policy Policy) networkingv1.NetworkPolicySpec {
	if policy.Shadow != nil {
		return *policy.Shadow
	}
	return policy.Spec
}

func (c *compiler) enforce(direction Direction) {
	for address, parts := range c.isolated(direction, asEnforced) {
		c.out.Enforced[direction][address] = c.chain(Chain{Direction: direction, Policies: refs(parts)}, parts)
	}
}

// shadow evaluates the cluster as if each policy in shadow mode had its shadow specification. It covers the pods that
// such a policy selects by either specification; nothing changes for all others.
func (c *compiler) shadow(direction Direction) {
	isolated := c.isolated(direction, asEnforced)
	for address, parts := range c.isolated(direction, asInShadow) {
		responsible := slices.Compact(slices.SortedFunc(slices.Values(append(inShadow(parts), inShadow(isolated[address])...)), Ref.compare))
		if len(responsible) > 0 {
			c.out.Shadow[direction][address] = c.chain(Chain{Direction: direction, Shadow: true, Policies: responsible}, parts)
		}
	}
}

func inShadow(parts []part) []Ref {
	return refs(slices.DeleteFunc(slices.Clone(parts), func(one part) bool { return one.policy.Shadow == nil }))
}

func refs(parts []part) []Ref {
	var list []Ref
	for _, one := range parts {
		list = append(list, one.policy.Ref())
	}
	return list
}

// isolated maps each pod to the policies that isolate it in the direction.
func (c *compiler) isolated(direction Direction, read reading) map[netip.Addr][]part {
	found := map[netip.Addr][]part{}
	for _, policy := range c.policies {
		spec := read(policy)
		if !Applies(spec, direction) {
			continue
		}
		selector := selectorOf(&spec.PodSelector)
		for _, pod := range c.byNamespace[policy.Namespace] {
			if selector.Matches(pod.Labels) {
				found[pod.Address] = append(found[pod.Address], part{policy, spec})
			}
		}
	}
	return found
}

// chain adds the rules of a combination of policies and returns the chain's name.
func (c *compiler) chain(chain Chain, parts []part) string {
	combination := fmt.Sprint(chain.Direction, chain.Shadow, chain.Policies, refs(parts))
	if name, known := c.chains[combination]; known {
		return name
	}
	for _, one := range parts {
		for _, rule := range c.rules(one, chain.Direction) {
			if !slices.ContainsFunc(chain.Rules, func(other Rule) bool { return sameRule(rule, other) }) {
				chain.Rules = append(chain.Rules, rule)
			}
		}
	}
	name := chainName(chain)
	c.chains[combination] = name
	c.out.Chains[name] = chain
	return name
}

func (c *compiler) rules(one part, direction Direction) []Rule {
	var rules []Rule
	if direction == Ingress {
		for _, rule := range one.spec.Ingress {
			rules = append(rules, c.rule(one.policy.Namespace, rule.From, rule.Ports)...)
		}
		return rules
	}
	for _, rule := range one.spec.Egress {
		rules = append(rules, c.rule(one.policy.Namespace, rule.To, rule.Ports)...)
	}
	return rules
}

// rule expands one rule of a policy: each way to match its peers with each way to match its ports.
func (c *compiler) rule(namespace string, peers []networkingv1.NetworkPolicyPeer, list []networkingv1.NetworkPolicyPort) []Rule {
	var rules []Rule
	for _, peer := range c.peers(namespace, peers) {
		rules = append(rules, c.withPorts(peer, list)...)
	}
	return rules
}

func (c *compiler) peers(namespace string, peers []networkingv1.NetworkPolicyPeer) []Rule {
	if len(peers) == 0 {
		return []Rule{{}}
	}
	var selected []podPeer
	var blocks []*networkingv1.IPBlock
	for _, peer := range peers {
		if peer.IPBlock != nil {
			blocks = append(blocks, peer.IPBlock)
		} else if peer.PodSelector != nil || peer.NamespaceSelector != nil {
			selected = append(selected, podPeerOf(namespace, peer))
		}
	}
	var rules []Rule
	if len(selected) > 0 {
		rules = append(rules, Rule{Peers: c.peerSet(selected)})
	}
	if ranges := blockRanges(blocks); len(ranges) > 0 {
		rules = append(rules, Rule{Blocks: ranges})
	}
	return rules
}

func (c *compiler) withPorts(peer Rule, list []networkingv1.NetworkPolicyPort) []Rule {
	if len(list) == 0 {
		return []Rule{peer}
	}
	ranges, names := ports(list)
	var rules []Rule
	if len(ranges) > 0 {
		rules = append(rules, Rule{Peers: peer.Peers, Blocks: peer.Blocks, Ports: ranges})
	}
	for _, name := range names {
		rules = append(rules, Rule{Peers: peer.Peers, Blocks: peer.Blocks, NamedPorts: c.portSet(name)})
	}
	return rules
}

// peerSet returns the name of the set with the addresses of all pods that one of the peers selects.
func (c *compiler) peerSet(peers []podPeer) string {
	slices.SortFunc(peers, func(a, b podPeer) int { return cmp.Compare(a.about, b.about) })
	abouts := make([]string, len(peers))
	for i, peer := range peers {
		abouts[i] = peer.about
	}
	about := strings.Join(slices.Compact(abouts), ", ")
	name := "pods-" + hash(about)
	if _, known := c.out.Sets[name]; known {
		return name
	}
	set := AddressSet{About: about}
	for _, pod := range c.pods {
		if slices.ContainsFunc(peers, func(peer podPeer) bool { return peer.selects(pod, c.namespaces[pod.Namespace]) }) {
			set.Addresses = append(set.Addresses, pod.Address)
		}
	}
	c.out.Sets[name] = set
	return name
}

// portSet returns the name of the set with every pod that has a port of that name. A port name means the number at the
// destination for ingress and egress alike, so one set serves both.
func (c *compiler) portSet(port portName) string {
	name := fmt.Sprintf("port-%s/%s", port.protocol, port.name)
	if _, known := c.out.Ports[name]; known {
		return name
	}
	list := []NamedPort{}
	for _, pod := range c.pods {
		for _, one := range pod.Ports {
			if one.Name == port.name && protocolName(one.Protocol) == port.protocol {
				list = append(list, NamedPort{pod.Address, port.protocol, one.Port})
			}
		}
	}
	c.out.Ports[name] = list
	return name
}

func sameRule(a, b Rule) bool {
	return a.Peers == b.Peers && a.NamedPorts == b.NamedPorts && slices.Equal(a.Blocks, b.Blocks) && slices.Equal(a.Ports, b.Ports)
}

// chainName begins with the kind and ends with the chain's first policy, for people. The hash covers policies and
// rules.
func chainName(chain Chain) string {
	kind := string(chain.Direction)
	if chain.Shadow {
		kind = "shadow-" + kind
	}
	first := chain.Policies[0].String()
	const longest = 120
	return fmt.Sprintf("%s-%s-%s", kind, hash(fmt.Sprintf("%s %v", Names(chain.Policies), chain.Rules)), first[:min(len(first), longest)])
}

// hash has 40 bits: short enough to read, and long enough for a few hundred names.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:5])
}
