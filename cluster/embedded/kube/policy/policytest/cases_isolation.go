package policytest

// isolation: whom a policy isolates at all, and in which direction.
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
		one("an empty list of ingress rules is none, and lets nobody in", `
metadata: {namespace: x, name: nobody}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Ingress], ingress: []}
`, `
any -> x/a no`),
		one("an empty list of egress rules is none: without policyTypes only ingress is isolated", `
metadata: {namespace: x, name: nobody}
spec: {podSelector: {matchLabels: {pod: a}}, egress: []}
`, `
any -> x/a no`),
		one("ingress rules count for nothing where policyTypes has egress only", `
metadata: {namespace: x, name: egress-only}
spec:
  podSelector: {matchLabels: {pod: a}}
  policyTypes: [Egress]
  ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]
  egress: [{to: [{podSelector: {matchLabels: {pod: b}}}]}]
`, `
x/a -> any no
x/a -> x/b yes`),
		one("a rule whose lists of peers and ports are empty is everybody on every port, as one without them", `
metadata: {namespace: x, name: allow}
spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [], ports: []}], egress: [{to: [], ports: []}]}
`, ``),
		one("allow-all of egress leads to the node and outside too", `
metadata: {namespace: x, name: allow}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{}]}
`, ``),
	}
}
