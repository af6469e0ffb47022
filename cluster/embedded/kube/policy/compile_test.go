package policy_test

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"careplane.dev/cluster/policy"
	"careplane.dev/cluster/policy/oracle"
	"careplane.dev/cluster/policy/policytest"
)

// interpret evaluates a ruleset as the packet filter does, fast enough for thousands of flows in a second.
type interpret struct{ policy.Ruleset }

func (r interpret) allowed(flow oracle.Flow) bool {
	if flow.From == policytest.Node || flow.From == flow.To {
		return true
	}
	return r.passes(policy.Egress, flow, r.Enforced) && r.passes(policy.Ingress, flow, r.Enforced)
}

func (r interpret) wouldBlock(flow oracle.Flow) []policy.Direction {
	if flow.From == policytest.Node || flow.From == flow.To || !r.allowed(flow) {
		return nil
	}
	var blocked []policy.Direction
	for _, direction := range []policy.Direction{policy.Ingress, policy.Egress} {
		if !r.passes(direction, flow, r.Shadow) {
			blocked = append(blocked, direction)
		}
	}
	return blocked
}

func (r interpret) passes(direction policy.Direction, flow oracle.Flow, lookup policy.Lookup) bool {
	subject, peer := flow.To, flow.From
	if direction == policy.Egress {
		subject, peer = flow.From, flow.To
	}
	name, isolated := lookup[direction][subject]
	return !isolated || slices.ContainsFunc(r.Chains[name].Rules, func(rule policy.Rule) bool {
		return r.peerMatches(rule, peer) && r.portMatches(rule, flow)
	})
}

func (r interpret) peerMatches(rule policy.Rule, peer netip.Addr) bool {
	if rule.Peers != "" {
		return slices.Contains(r.Sets[rule.Peers].Addresses, peer)
	}
	return len(rule.Blocks) == 0 || slices.ContainsFunc(rule.Blocks, func(block policy.AddressRange) bool {
		return block.First.Compare(peer) <= 0 && peer.Compare(block.Last) <= 0
	})
}

func (r interpret) portMatches(rule policy.Rule, flow oracle.Flow) bool {
	protocol := policy.Protocol(strings.ToLower(string(flow.Protocol)))
	if rule.NamedPorts != "" {
		return slices.Contains(r.Ports[rule.NamedPorts], policy.NamedPort{Address: flow.To, Protocol: protocol, Port: flow.Port})
	}
	return len(rule.Ports) == 0 || slices.ContainsFunc(rule.Ports, func(ports policy.PortRange) bool {
		return ports.Protocol == protocol && ports.First <= flow.Port && flow.Port <= ports.Last
	})
}

func cluster(snapshot policy.Snapshot) oracle.Cluster {
	return oracle.Cluster{Snapshot: snapshot, Node: []netip.Addr{policytest.Node}}
}

func TestRulesetAndOracleGiveTheTruthTable(t *testing.T) {
	flows := policytest.Flows()
	for _, one := range policytest.Cases() {
		t.Run(one.Name, func(t *testing.T) {
			one.Play(func(step int, snapshot policy.Snapshot, want policytest.Table) {
				rules := interpret{policy.Compile(snapshot)}
				for _, flow := range flows {
					if got := cluster(snapshot).Allowed(flow); got != want.Allows(flow) {
						t.Errorf("step %d: the oracle says %t for %s", step, got, policytest.Describe(flow))
					}
					if got := rules.allowed(flow); got != want.Allows(flow) {
						t.Errorf("step %d: the ruleset says %t for %s", step, got, policytest.Describe(flow))
					}
				}
			})
		})
	}
}

func TestRulesetAgreesWithTheOracleOnRandomPolicies(t *testing.T) {
	flows := policytest.Flows()
	blocked, shadowed := 0, 0
	for seed := range uint64(400) {
		snapshot := policytest.Random(seed)
		rules := interpret{policy.Compile(snapshot)}
		for _, flow := range flows {
			want := cluster(snapshot).Allowed(flow)
			if got := rules.allowed(flow); got != want {
				t.Fatalf("seed %d: the ruleset says %t for %s, the oracle %t", seed, got, policytest.Describe(flow), want)
			}
			wanted := cluster(snapshot).WouldBlock(flow)
			if got := rules.wouldBlock(flow); !slices.Equal(got, wanted) {
				t.Fatalf("seed %d: shadow would block %v of %s, the oracle says %v", seed, got, policytest.Describe(flow), wanted)
			}
			if !want {
				blocked++
			}
			shadowed += len(wanted)
		}
	}
	// Guards the test: a generator that blocks almost nothing or almost everything proves little.
	if share := float64(blocked) / float64(400*len(flows)); share < 0.1 || share > 0.9 {
		t.Errorf("%.0f %% of the random flows are blocked", share*100)
	}
	if shadowed < 1000 {
		t.Errorf("only %d flows would be blocked by a shadow", shadowed)
	}
}

func TestTheOrderOfTheSnapshotDoesNotMatter(t *testing.T) {
	for seed := range uint64(50) {
		snapshot := policytest.Random(seed)
		want := policy.Compile(snapshot)
		shuffle := rand.New(rand.NewPCG(seed, 1))
		shuffle.Shuffle(len(snapshot.Pods), func(i, j int) { snapshot.Pods[i], snapshot.Pods[j] = snapshot.Pods[j], snapshot.Pods[i] })
		shuffle.Shuffle(len(snapshot.Policies), func(i, j int) {
			snapshot.Policies[i], snapshot.Policies[j] = snapshot.Policies[j], snapshot.Policies[i]
		})
		if got := policy.Compile(snapshot); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: %+v\nis not\n%+v", seed, got, want)
		}
	}
}

func TestPodsWithTheSamePoliciesShareAChain(t *testing.T) {
	snapshot := policytest.World()
	snapshot.Policies = policytest.Policies(`
metadata: {namespace: x, name: deny}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}
---
metadata: {namespace: x, name: a}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {}}]}]}
`)
	rules := policy.Compile(snapshot)
	if len(rules.Chains) != 2 || len(rules.Sets) != 1 {
		t.Errorf("%d chains and %d sets for two combinations of policies and one selector", len(rules.Chains), len(rules.Sets))
	}
	if b, c := rules.Enforced[policy.Ingress][snapshot.Pods[1].Address], rules.Enforced[policy.Ingress][snapshot.Pods[2].Address]; b != c {
		t.Errorf("x/b is in %s, x/c in %s", b, c)
	}
}

func TestShadowModeEqualsTheEnforcedPolicy(t *testing.T) {
	snapshot := policytest.World()
	snapshot.Policies = policytest.Policies(`
metadata:
  namespace: x
  name: a
  annotations: {careplane.dev/shadow-spec: '{"podSelector":{"matchLabels":{"pod":"a"}},"policyTypes":["Ingress"],"ingress":[{"from":[{"podSelector":{"matchLabels":{"pod":"b"}}}]}]}'}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Ingress], ingress: [{}]}
---
metadata: {namespace: x, name: also-from-c}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {pod: c}}}]}]}
`)
	rules := interpret{policy.Compile(snapshot)}
	want := policytest.ParseTable(`
any -> x/a no
x/b -> x/a yes
x/c -> x/a yes`)
	for _, flow := range policytest.Flows() {
		if !rules.allowed(flow) {
			t.Errorf("%s is blocked", policytest.Describe(flow))
		}
		if got := len(rules.wouldBlock(flow)) == 0; got != want.Allows(flow) {
			t.Errorf("%s: would pass: %t", policytest.Describe(flow), got)
		}
	}
	chain := rules.Chains[rules.Ruleset.Shadow[policy.Ingress][snapshot.Pods[0].Address]]
	if names := policy.Names(chain.Policies); names != "x/a" {
		t.Errorf("%s would block, but only x/a is in shadow", names)
	}
}
