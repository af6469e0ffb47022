package policytest

// combinations: several policies, and both ends of a flow.
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
		one("a peer of all pods wins over deny-all, but only for pods", `
metadata: {namespace: x, name: deny}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
metadata: {namespace: x, name: all-to-a}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {}, namespaceSelector: {}}]}]}
`, `
any -> x/* no
*/* -> x/a yes`),
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
		one("egress of several policies adds up", `
metadata: {namespace: x, name: to-y}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {ns: "y"}}}], ports: [{port: 80}]}]}
---
metadata: {namespace: x, name: to-outside}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.67.0.0/24}}], ports: [{port: 81, protocol: UDP}]}]}
`, `
x/* -> any no
x/a -> y/*:80/tcp yes
x/* -> outside:81/udp yes`),
	}
}
