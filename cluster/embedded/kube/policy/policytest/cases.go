package policytest

import (
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"careplane.dev/cluster/policy"
)

// Case is one question to the semantics: policies, and the truth table that must come of them.
type Case struct {
	Name  string
	Steps []Step
}

// Step changes the world of the step before it. Policies, when not empty, replace all; `none` is none.
type Step struct {
	Policies string
	Change   func(world *policy.Snapshot)
	Want     string
}

// Play calls `check` with the world and the table after each step.
func (c Case) Play(check func(step int, snapshot policy.Snapshot, want Table)) {
	world := World()
	for i, step := range c.Steps {
		if step.Policies == "none" {
			world.Policies = nil
		} else if step.Policies != "" {
			world.Policies = Policies(step.Policies)
		}
		if step.Change != nil {
			step.Change(&world)
		}
		check(i, world, ParseTable(step.Want))
	}
}

func one(name, policies, want string) Case {
	return Case{name, []Step{{Policies: policies, Want: want}}}
}

func relabel(name string, set labels.Set) func(*policy.Snapshot) {
	return func(world *policy.Snapshot) { Pod(world, name).Labels = set }
}

func relabelNamespace(name string, set labels.Set) func(*policy.Snapshot) {
	return func(world *policy.Snapshot) {
		world.Namespaces = maps.Clone(world.Namespaces)
		world.Namespaces[name] = set
	}
}

// Cases asks what upstream's own tests ask (test/e2e/network/netpol), in its world of x, y, z and a, b, c, and what they
// leave out: defaults, exceptions, address reuse, the node.
func Cases() []Case {
	var all []Case
	for _, list := range [][]Case{isolation(), selectors(), portsAndProtocols(), blocks(), combinations(), changes(), oddPods()} {
		all = append(all, list...)
	}
	return all
}

func isolation() []Case {
	return []Case{
		{"without policies everybody reaches everybody", []Step{{Want: ``}}},
		one("default deny of ingress closes the namespace's pods to all but their node", `
metadata: {namespace: x, name: deny}
spec: {podSelector: {}, policyTypes: [Ingress]}
`, `
any -> x/* no`),
		one("default deny of egress lets the namespace's pods reach nobody, the node included", `
metadata: {namespace: x, name: deny}
spec: {podSelector: {}, policyTypes: [Egress]}
`, `
x/* -> any no`),
		one("default deny of both", `
metadata: {namespace: x, name: deny}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
`, `
any -> x/* no
x/* -> any no`),
		one("without policyTypes and egress rules only ingress is isolated", `
metadata: {namespace: x, name: deny}
spec: {podSelector: {matchLabels: {pod: a}}}
`, `
any -> x/a no`),
		one("without policyTypes but with egress rules both directions are isolated", `
metadata: {namespace: x, name: some}
spec:
  podSelector: {matchLabels: {pod: a}}
  egress: [{to: [{podSelector: {matchLabels: {pod: b}}}]}]
`, `
any -> x/a no
x/a -> any no
x/a -> x/b yes`),
		one("rules of a direction that is not among policyTypes count for nothing", `
metadata: {namespace: x, name: ingress-only}
spec:
  podSelector: {matchLabels: {pod: a}}
  policyTypes: [Ingress]
  ingress: [{}]
  egress: [{to: [{podSelector: {matchLabels: {pod: b}}}]}]
`, ``),
		one("allow-all of ingress", `
metadata: {namespace: x, name: allow}
spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{}]}
`, ``),
		one("a policy that selects no pod isolates nobody", `
metadata: {namespace: x, name: nobody}
spec: {podSelector: {matchLabels: {pod: d}}, policyTypes: [Ingress, Egress]}
`, ``),
		one("a policy applies to pods of its own namespace only", `
metadata: {namespace: "y", name: deny-a}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Ingress]}
`, `
any -> y/a no`),
		one("a policy's subjects are selected by expressions too", `
metadata: {namespace: x, name: deny}
spec: {podSelector: {matchExpressions: [{key: pod, operator: NotIn, values: [a]}]}, policyTypes: [Ingress]}
`, `
any -> x/b no
any -> x/c no`),
	}
}

func selectors() []Case {
	return []Case{
		one("podSelector alone selects pods of the policy's namespace", `
metadata: {namespace: x, name: from-b}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]}
`, `
any -> x/a no
x/b -> x/a yes`),
		one("an empty podSelector is every pod of the namespace, not of others", `
metadata: {namespace: x, name: same-namespace}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {}}]}]}
`, `
any -> x/a no
x/* -> x/a yes`),
		one("an empty namespaceSelector is every pod of every namespace, but not what is no pod", `
metadata: {namespace: x, name: all-pods}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {}}]}]}
`, `
outside -> x/a no`),
		one("namespaceSelector alone selects all pods of its namespaces", `
metadata: {namespace: x, name: from-y}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: "y"}}}]}]}
`, `
any -> x/a no
y/* -> x/a yes`),
		one("the namespace's own name is a label", `
metadata: {namespace: x, name: from-y}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: "y"}}}]}]}
`, `
any -> x/a no
y/* -> x/a yes`),
		one("podSelector with expressions", `
metadata: {namespace: x, name: from}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchExpressions: [{key: pod, operator: In, values: [b]}]}}]}]}
`, `
any -> x/a no
x/b -> x/a yes`),
		one("namespaceSelector with expressions", `
metadata: {namespace: x, name: from}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: ns, operator: NotIn, values: [x, z]}]}}]}]}
`, `
any -> x/a no
y/* -> x/a yes`),
		one("Exists and DoesNotExist", `
metadata: {namespace: x, name: from}
spec:
  podSelector: {matchLabels: {pod: a}}
  ingress:
    - from: [{namespaceSelector: {matchExpressions: [{key: ns, operator: Exists}]}, podSelector: {matchExpressions: [{key: pod, operator: DoesNotExist}]}}]
`, `
any -> x/a no`),
		one("podSelector or namespaceSelector: either of two peers", `
metadata: {namespace: x, name: either}
spec:
  podSelector: {matchLabels: {pod: a}}
  ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}, {namespaceSelector: {matchLabels: {ns: "y"}}}]}]
`, `
any -> x/a no
x/b -> x/a yes
y/* -> x/a yes`),
		one("podSelector and namespaceSelector: both of one peer", `
metadata: {namespace: x, name: both}
spec:
  podSelector: {matchLabels: {pod: a}}
  ingress: [{from: [{podSelector: {matchLabels: {pod: b}}, namespaceSelector: {matchLabels: {ns: "y"}}}]}]
`, `
any -> x/a no
y/b -> x/a yes`),
		one("several peers of both selectors", `
metadata: {namespace: x, name: several}
spec:
  podSelector: {matchLabels: {pod: a}}
  ingress:
    - from:
        - {podSelector: {matchLabels: {pod: b}}, namespaceSelector: {matchLabels: {ns: "y"}}}
        - {podSelector: {matchExpressions: [{key: pod, operator: In, values: [c]}]}, namespaceSelector: {matchExpressions: [{key: ns, operator: NotIn, values: [x]}]}}
`, `
any -> x/a no
y/b -> x/a yes
y/c -> x/a yes
z/c -> x/a yes`),
		one("egress is selected in the same way", `
metadata: {namespace: x, name: to}
spec:
  podSelector: {matchLabels: {pod: a}}
  policyTypes: [Egress]
  egress: [{to: [{podSelector: {matchLabels: {pod: b}}, namespaceSelector: {matchLabels: {ns: "y"}}}, {podSelector: {matchLabels: {pod: c}}}]}]
`, `
x/a -> any no
x/a -> y/b yes
x/a -> x/c yes`),
		one("egress to all pods of all namespaces is not egress to the node or outside", `
metadata: {namespace: x, name: to}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}]}]}
`, `
x/a -> node no
x/a -> outside no`),
	}
}

func portsAndProtocols() []Case {
	return []Case{
		one("a port without protocol is TCP", `
metadata: {namespace: x, name: port}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: 80}]}]}
`, `
any -> x/a no
any -> x/a:80/tcp yes`),
		one("a port for the pods of one namespace", `
metadata: {namespace: x, name: port}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: "y"}}}], ports: [{port: 81, protocol: TCP}]}]}
`, `
any -> x/a no
y/* -> x/a:81/tcp yes`),
		one("a protocol without port is all its ports", `
metadata: {namespace: x, name: udp}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{protocol: UDP}]}]}
`, `
any -> x/a no
any -> x/a:*/udp yes`),
		one("UDP alone does not let TCP in", `
metadata: {namespace: x, name: udp}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{protocol: UDP, port: 81}]}]}
`, `
any -> x/a no
any -> x/a:81/udp yes`),
		one("SCTP is not taken for TCP", `
metadata: {namespace: x, name: sctp}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{protocol: SCTP, port: 80}]}]}
`, `
any -> x/a no
any -> x/a:80/sctp yes`),
		one("several ports of one rule", `
metadata: {namespace: x, name: ports}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: 80}, {port: 81, protocol: UDP}, {protocol: SCTP}]}]}
`, `
any -> x/a no
any -> x/a:80/tcp yes
any -> x/a:81/udp yes
any -> x/a:*/sctp yes`),
		one("each rule has its own peers and ports", `
metadata: {namespace: x, name: rules}
spec:
  podSelector: {matchLabels: {pod: a}}
  ingress:
    - {from: [{podSelector: {matchLabels: {pod: b}}}], ports: [{port: 80}]}
    - {from: [{podSelector: {matchLabels: {pod: c}}}], ports: [{port: 81}]}
`, `
any -> x/a no
x/b -> x/a:80/tcp yes
x/c -> x/a:81/tcp yes`),
		one("a range of ports has both its ends", `
metadata: {namespace: x, name: range}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: 80, endPort: 81}]}]}
`, `
any -> x/a no
any -> x/a:*/tcp yes`),
		one("a range ends before the next port", `
metadata: {namespace: x, name: range}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: 70, endPort: 80, protocol: UDP}]}]}
`, `
any -> x/a no
any -> x/a:80/udp yes`),
		one("a range of one port", `
metadata: {namespace: x, name: range}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{ports: [{port: 81, endPort: 81}]}]}
`, `
x/a -> any no
x/a -> any:81/tcp yes`),
		one("overlapping ranges are their union", `
metadata: {namespace: x, name: range}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: 1, endPort: 80}, {port: 60, endPort: 70}, {port: 80}, {port: 80, endPort: 80, protocol: UDP}]}]}
`, `
any -> x/a no
any -> x/a:80/tcp yes
any -> x/a:80/udp yes`),
		one("a named port for ingress", `
metadata: {namespace: x, name: named}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: serve-80-tcp}]}]}
`, `
any -> x/a no
any -> x/a:80/tcp yes`),
		one("a named port for ingress from one namespace", `
metadata: {namespace: x, name: named}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: "y"}}}], ports: [{port: serve-81-udp, protocol: UDP}]}]}
`, `
any -> x/a no
y/* -> x/a:81/udp yes`),
		one("a named port must have the rule's protocol", `
metadata: {namespace: x, name: named}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: serve-80-udp, protocol: TCP}]}]}
`, `
any -> x/a no`),
		one("a named port for egress is looked up at the destination, which an address outside does not have", `
metadata: {namespace: x, name: named}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{ports: [{port: serve-80-tcp}]}]}
`, `
x/a -> any no
x/a -> */*:80/tcp yes`),
		{"a port's name means another number at another pod, for ingress and for egress", []Step{{Policies: `
metadata: {namespace: x, name: ingress}
spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: web}]}]}
---
metadata: {namespace: z, name: egress}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {ns: "y"}}}], ports: [{port: web}]}]}
`, Change: func(world *policy.Snapshot) {
			for name, port := range map[string]uint16{"x/a": 80, "x/b": 81, "y/a": 81, "y/b": 80} {
				Pod(world, name).Ports = []policy.ContainerPort{{Name: "web", Protocol: "TCP", Port: port}}
			}
		}, Want: `
any -> x/* no
any -> x/a:80/tcp yes
any -> x/b:81/tcp yes
z/a -> any no
z/a -> y/a:81/tcp yes
z/a -> y/b:80/tcp yes`}}},
		one("egress to a port, wherever it is", `
metadata: {namespace: x, name: port}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{ports: [{port: 80}]}]}
`, `
x/a -> any no
x/a -> any:80/tcp yes`),
	}
}

func blocks() []Case {
	return []Case{
		one("an ipBlock lets in who is outside, and not the pods", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: 10.67.0.0/24}}]}]}
`, `
any -> x/a no
outside -> x/a yes`),
		one("an ipBlock that covers pods lets them in too", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: 10.66.0.4/32}}]}]}
`, `
any -> x/a no
y/a -> x/a yes`),
		one("egress to an ipBlock, the node in it", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.66.0.254/32}}], ports: [{port: 80}]}]}
`, `
x/a -> any no
x/a -> node:80/tcp yes`),
		one("except takes a part out of a block", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.66.0.0/24, except: [10.66.0.4/31, 10.66.0.9/32]}}]}]}
`, `
x/a -> any no
x/a -> */* yes
x/a -> node yes
x/a -> y/a no
x/a -> y/b no
x/a -> z/c no`),
		one("what one block leaves out another lets in", `
metadata: {namespace: x, name: block}
spec:
  podSelector: {matchLabels: {pod: a}}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 10.66.0.0/24, except: [10.66.0.4/30]}}, {ipBlock: {cidr: 10.66.0.4/32}}]}]
`, `
x/a -> any no
x/a -> */* yes
x/a -> node yes
x/a -> y/b no
x/a -> y/c no
x/a -> z/a no`),
		one("what one policy's block leaves out another policy lets in", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.66.0.0/24, except: [10.66.0.5/32]}}]}]}
---
metadata: {namespace: x, name: exactly}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.66.0.5/32}}]}]}
`, `
x/a -> outside no`),
		one("everything that is IPv4", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 80}]}]}
`, `
any -> x/a no
any -> x/a:80/tcp yes`),
		one("everything but the cluster", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.66.0.0/16]}}]}]}
`, `
any -> x/a no
outside -> x/a yes`),
		one("a block whose whole is excepted lets nobody in", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: 10.66.0.0/24, except: [10.66.0.0/25, 10.66.0.128/25]}}]}]}
`, `
any -> x/a no`),
		one("a block of IPv6 is nobody in a cluster of IPv4, and surely not everybody", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: "2001:db8::/32"}}]}]}
`, `
any -> x/a no`),
		one("a block beside selectors", `
metadata: {namespace: x, name: mixed}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: 10.67.0.0/24}}, {podSelector: {matchLabels: {pod: b}}}], ports: [{port: 81}]}]}
`, `
any -> x/a no
outside -> x/a:81/tcp yes
x/b -> x/a:81/tcp yes`),
	}
}

func combinations() []Case {
	return []Case{
		one("policies add up: what any of them allows is allowed", `
metadata: {namespace: x, name: from-y}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: "y"}}}], ports: [{port: 80}]}]}
---
metadata: {namespace: x, name: from-z}
spec: {podSelector: {matchExpressions: [{key: pod, operator: Exists}]}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: z}}}], ports: [{port: 81}]}]}
`, `
any -> x/* no
y/* -> x/a:80/tcp yes
z/* -> x/*:81/tcp yes`),
		one("allow-all wins over deny-all, for ingress", `
metadata: {namespace: x, name: deny}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
metadata: {namespace: x, name: allow}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{}]}
`, `
any -> x/b no
any -> x/c no`),
		one("allow-all wins over deny-all, for egress", `
metadata: {namespace: x, name: deny}
spec: {podSelector: {}, policyTypes: [Egress]}
---
metadata: {namespace: x, name: allow}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{}]}
`, `
x/b -> any no
x/c -> any no`),
		one("ingress and egress of one policy", `
metadata: {namespace: x, name: both}
spec:
  podSelector: {matchLabels: {pod: a}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}], ports: [{port: 80}]}]
  egress: [{to: [{podSelector: {matchLabels: {pod: c}}}], ports: [{port: 81}]}]
`, `
any -> x/a no
x/a -> any no
x/b -> x/a:80/tcp yes
x/a -> x/c:81/tcp yes`),
		one("the client's egress denies what the server's ingress allows", `
metadata: {namespace: x, name: no-egress}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress]}
---
metadata: {namespace: "y", name: from-x}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: x}}}]}]}
`, `
x/a -> any no
any -> y/a no
x/b -> y/a yes
x/c -> y/a yes`),
		one("the server's ingress denies what the client's egress allows", `
metadata: {namespace: x, name: to-y}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {ns: "y"}}}]}]}
---
metadata: {namespace: "y", name: deny}
spec: {podSelector: {matchLabels: {pod: b}}, policyTypes: [Ingress]}
`, `
x/a -> any no
x/a -> y/a yes
x/a -> y/c yes
any -> y/b no`),
		one("ingress and egress are controlled independently: answers pass", `
metadata: {namespace: x, name: in-from-b}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]}
---
metadata: {namespace: x, name: out-nowhere}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress]}
`, `
any -> x/a no
x/a -> any no
x/b -> x/a yes`),
		one("a policy of the same name in another namespace is another policy", `
metadata: {namespace: x, name: same}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Ingress]}
---
metadata: {namespace: "y", name: same}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress]}
`, `
any -> x/a no
y/a -> any no`),
	}
}

const fromB = `
metadata: {namespace: x, name: from-b}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]}
`

func changes() []Case {
	return []Case{
		{"a policy that is changed is enforced as it is now, one that is deleted no longer", []Step{
			{Policies: fromB, Want: `
any -> x/a no
x/b -> x/a yes`},
			{Policies: `
metadata: {namespace: x, name: from-b}
spec: {podSelector: {matchLabels: {pod: b}}, ingress: [{from: [{podSelector: {matchLabels: {pod: c}}}], ports: [{port: 80}]}]}
`, Want: `
any -> x/b no
x/c -> x/b:80/tcp yes`},
			{Policies: "none", Want: ``},
		}},
		{"a pod that gets the labels of a peer is let in, one that loses them no longer", []Step{
			{Policies: fromB, Change: relabel("x/c", labels.Set{"pod": "b", "more": "yes"}), Want: `
any -> x/a no
x/b -> x/a yes
x/c -> x/a yes`},
			{Change: relabel("x/b", labels.Set{}), Want: `
any -> x/a no
x/c -> x/a yes`},
		}},
		{"a pod that gets the labels of a subject is isolated, one that loses them no longer", []Step{
			{Policies: fromB, Change: relabel("x/c", labels.Set{"pod": "a"}), Want: `
any -> x/a no
any -> x/c no
x/b -> x/a yes
x/b -> x/c yes`},
			{Change: relabel("x/a", labels.Set{}), Want: `
any -> x/c no
x/b -> x/c yes`},
		}},
		{"a namespace that gets the labels of a peer is let in, one that is not known is not", []Step{
			{Policies: `
metadata: {namespace: x, name: from-friends}
spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {friend: "yes"}}}]}]}
`, Want: `
any -> x/* no`},
			{Change: relabelNamespace("y", labels.Set{"friend": "yes"}), Want: `
any -> x/* no
y/* -> x/* yes`},
			{Change: func(world *policy.Snapshot) {
				world.Namespaces = maps.Clone(world.Namespaces)
				delete(world.Namespaces, "y")
			}, Want: `
any -> x/* no`},
		}},
		{"pods that have no address yet are in no rule until they have one", []Step{
			{Policies: fromB, Change: func(world *policy.Snapshot) {
				Pod(world, "x/b").Address = Pod(world, "y/a").Address
				world.Pods = append(world.Pods[:3:3], world.Pods[4:]...)
			}, Want: `
any -> x/a no
y/a -> x/a yes`},
			{Change: func(world *policy.Snapshot) { Pod(world, "x/b").Address = World().Pods[1].Address }, Want: `
any -> x/a no
x/b -> x/a yes`},
		}},
	}
}

func oddPods() []Case {
	take := func(from, by string) func(*policy.Snapshot) {
		return func(world *policy.Snapshot) {
			pod := *Pod(world, by)
			pod.Name, pod.UID, pod.Address = "late", "uid-late", Pod(world, from).Address
			pod.Created = time.Unix(1, 0)
			world.Pods = append(world.Pods, pod)
		}
	}
	return []Case{
		{"a pod on the node's network is neither isolated nor a peer", []Step{{Policies: `
metadata: {namespace: x, name: deny}
spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]}
`, Change: func(world *policy.Snapshot) {
			Pod(world, "x/b").HostNetwork = true
			Pod(world, "x/b").Address = Node
		}, Want: `
any -> x/a no
any -> x/c no
x/a -> any no
x/c -> any no`}}},
		{"a pod that has ended is neither isolated nor a peer, though the API still shows its address", []Step{{Policies: `
metadata: {namespace: x, name: from-b}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]}
`, Change: func(world *policy.Snapshot) { Pod(world, "x/b").Ended = true }, Want: `
any -> x/a no
any -> x/c no`}}},
		{"an address that is used again belongs to the new pod, as peer", []Step{
			{Policies: fromB, Change: take("x/b", "y/c"), Want: `
any -> x/a no`},
			{Change: func(world *policy.Snapshot) { Pod(world, "x/b").Claimed = time.Unix(2, 0) }, Want: `
any -> x/a no
x/b -> x/a yes`},
		}},
		{"an address that is used again belongs to the new pod, as subject", []Step{
			{Policies: fromB, Change: take("x/a", "y/c"), Want: ``},
			{Change: func(world *policy.Snapshot) { Pod(world, "y/late").Ended = true }, Want: `
any -> x/a no
x/b -> x/a yes`},
		}},
	}
}
