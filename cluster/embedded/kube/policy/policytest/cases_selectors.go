package policytest

import (
	"k8s.io/apimachinery/pkg/labels"

	"careplane.dev/cluster/policy"
)

// selectors: which pods a peer is.
func selectors() []Case {
	return []Case{
		one("podSelector alone selects pods of the policy's namespace", `
metadata: {namespace: x, name: from-b}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]}
`, `
any -> x/a no
x/b -> x/a yes`),
		one("an empty podSelector selects every pod of the policy's namespace only", `
metadata: {namespace: x, name: same-namespace}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {}}]}]}
`, `
any -> x/a no
x/* -> x/a yes`),
		one("an empty namespaceSelector selects every pod of every namespace, and only pods", `
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
		one("a namespace's name is a label", `
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
		one("podSelector and namespaceSelector in two peers: either matches", `
metadata: {namespace: x, name: either}
spec:
  podSelector: {matchLabels: {pod: a}}
  ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}, {namespaceSelector: {matchLabels: {ns: "y"}}}]}]
`, `
any -> x/a no
x/b -> x/a yes
y/* -> x/a yes`),
		one("several podSelectors: any matches", `
metadata: {namespace: x, name: any}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}, {podSelector: {matchLabels: {pod: c}}}]}]}
`, `
any -> x/a no
x/b -> x/a yes
x/c -> x/a yes`),
		one("podSelector and namespaceSelector in one peer: both must match", `
metadata: {namespace: x, name: both}
spec:
  podSelector: {matchLabels: {pod: a}}
  ingress: [{from: [{podSelector: {matchLabels: {pod: b}}, namespaceSelector: {matchLabels: {ns: "y"}}}]}]
`, `
any -> x/a no
y/b -> x/a yes`),
		one("several peers with both selectors", `
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
		one("a podSelector with an empty namespaceSelector selects in every namespace", `
metadata: {namespace: x, name: from-every-b}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {pod: b}}}]}]}
`, `
any -> x/a no
*/b -> x/a yes`),
		one("an empty podSelector with a namespaceSelector selects every pod of these namespaces only", `
metadata: {namespace: x, name: from-y}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: "y"}}, podSelector: {}}]}]}
`, `
any -> x/a no
y/* -> x/a yes`),
		{"all labels and all expressions of a selector must match", []Step{{Policies: `
metadata: {namespace: x, name: from}
spec:
  podSelector: {matchLabels: {pod: a}}
  ingress:
    - from:
        - namespaceSelector: {}
          podSelector: {matchLabels: {pod: b, more: "yes"}, matchExpressions: [{key: even-more, operator: Exists}, {key: less, operator: DoesNotExist}]}
`, Change: func(world *policy.Snapshot) {
			relabel("x/b", labels.Set{"pod": "b", "more": "yes"})(world)
			relabel("y/b", labels.Set{"pod": "b", "more": "yes", "even-more": ""})(world)
			relabel("z/b", labels.Set{"pod": "b", "more": "yes", "even-more": "", "less": ""})(world)
		}, Want: `
any -> x/a no
y/b -> x/a yes`}}},
		{"NotIn selects pods without the label too", []Step{{Policies: `
metadata: {namespace: x, name: from}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchExpressions: [{key: pod, operator: NotIn, values: [b]}]}}]}]}
`, Change: relabel("x/c", labels.Set{}), Want: `
any -> x/a no
x/c -> x/a yes`}}},
		one("a podSelector does not match labels of namespaces", `
metadata: {namespace: x, name: from}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {ns: x}}}]}]}
`, `
any -> x/a no`),
		one("an empty peer, possible only in a shadow, matches nothing", `
metadata: {namespace: x, name: from}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{}]}]}
`, `
any -> x/a no`),
		one("egress to every pod of the policy's namespace", `
metadata: {namespace: x, name: to}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}
`, `
x/a -> any no
x/a -> x/* yes`),
	}
}
