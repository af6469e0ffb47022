package policytest

import (
	"maps"

	"k8s.io/apimachinery/pkg/labels"

	"careplane.dev/cluster/policy"
)

const fromB = `
metadata: {namespace: x, name: from-b}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]}
`

const fromC = `
metadata: {namespace: x, name: from-c}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: c}}}]}]}
`

// changes: policies, pods and namespaces do not stay as they are.
func changes() []Case {
	return []Case{
		{"a changed policy is enforced as changed, a deleted one is not enforced", []Step{
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
		{"a pod that gains a peer's labels is allowed, one that loses them is not", []Step{
			{Policies: fromB, Change: relabel("x/c", labels.Set{"pod": "b", "more": "yes"}), Want: `
any -> x/a no
x/b -> x/a yes
x/c -> x/a yes`},
			{Change: relabel("x/b", labels.Set{}), Want: `
any -> x/a no
x/c -> x/a yes`},
		}},
		{"a pod that gains a subject's labels is isolated, one that loses them is not", []Step{
			{Policies: fromB, Change: relabel("x/c", labels.Set{"pod": "a"}), Want: `
any -> x/a no
any -> x/c no
x/b -> x/a yes
x/b -> x/c yes`},
			{Change: relabel("x/a", labels.Set{}), Want: `
any -> x/c no
x/b -> x/c yes`},
		}},
		{"a namespace that gains a peer's labels is allowed, an unknown one is not", []Step{
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
		{"a pod without an address is in no rule until it has one", []Step{
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
		{"when one of two policies is deleted, the other's rules stay", []Step{
			{Policies: fromB + "---" + fromC, Want: `
any -> x/a no
x/b -> x/a yes
x/c -> x/a yes`},
			{Policies: fromC, Want: `
any -> x/a no
x/c -> x/a yes`},
		}},
		{"a policy that changes its direction no longer isolates the other", []Step{
			{Policies: fromB, Want: `
any -> x/a no
x/b -> x/a yes`},
			{Policies: `
metadata: {namespace: x, name: from-b}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {pod: b}}}]}]}
`, Want: `
x/a -> any no
x/a -> x/b yes`},
		}},
		{"egress follows the labels of destination pods and namespaces", []Step{
			{Policies: `
metadata: {namespace: x, name: to-friends}
spec:
  podSelector: {matchLabels: {pod: a}}
  policyTypes: [Egress]
  egress: [{to: [{namespaceSelector: {matchLabels: {friend: "yes"}}, podSelector: {matchLabels: {pod: b}}}]}]
`, Want: `
x/a -> any no`},
			{Change: relabelNamespace("y", labels.Set{"friend": "yes"}), Want: `
x/a -> any no
x/a -> y/b yes`},
			{Change: relabel("y/c", labels.Set{"pod": "b"}), Want: `
x/a -> any no
x/a -> y/b yes
x/a -> y/c yes`},
			{Change: relabelNamespace("y", labels.Set{}), Want: `
x/a -> any no`},
		}},
		{"a new pod is in the rules, a deleted one is in none", []Step{
			{Policies: `
metadata: {namespace: x, name: same-namespace}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}
`, Change: removePod("x/c"), Want: `
any -> x/* no
x/* -> x/* yes
x/c -> any no
any -> x/c yes
x/c -> */* yes
x/c -> x/a no
x/c -> x/b no
x/c -> node yes
x/c -> outside yes`},
			{Change: func(world *policy.Snapshot) { world.Pods = append(world.Pods, World().Pods[2]) }, Want: `
any -> x/* no
x/* -> x/* yes`},
		}},
	}
}
