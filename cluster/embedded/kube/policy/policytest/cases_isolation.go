package policytest

// isolation: whom a policy isolates at all, and in which direction.
func isolation() []Case {
	return []Case{
		{"without policies every flow is allowed", []Step{{Want: ``}}},
		one("default deny of ingress isolates the namespace's pods from all but their node", `
metadata: {namespace: x, name: deny}
spec: {podSelector: {}, policyTypes: [Ingress]}
`, `
any -> x/* no`),
		one("default deny of egress blocks the namespace's pods, to the node too", `
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
		one("rules of a direction outside policyTypes are ignored", `
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
		one("a policy that selects no pod isolates none", `
metadata: {namespace: x, name: none}
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
		one("an empty list of ingress rules allows nothing", `
metadata: {namespace: x, name: none}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Ingress], ingress: []}
`, `
any -> x/a no`),
		one("an empty list of egress rules does not isolate egress without policyTypes", `
metadata: {namespace: x, name: none}
spec: {podSelector: {matchLabels: {pod: a}}, egress: []}
`, `
any -> x/a no`),
		one("ingress rules are ignored when policyTypes has egress only", `
metadata: {namespace: x, name: egress-only}
spec:
  podSelector: {matchLabels: {pod: a}}
  policyTypes: [Egress]
  ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]
  egress: [{to: [{podSelector: {matchLabels: {pod: b}}}]}]
`, `
x/a -> any no
x/a -> x/b yes`),
		one("empty lists of peers and ports match every peer on every port, as absent ones do", `
metadata: {namespace: x, name: allow}
spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [], ports: []}], egress: [{to: [], ports: []}]}
`, ``),
		one("allow-all of egress includes the node and outside", `
metadata: {namespace: x, name: allow}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{}]}
`, ``),
	}
}
