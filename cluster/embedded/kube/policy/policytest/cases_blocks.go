package policytest

// blocks: peers by their addresses.
func blocks() []Case {
	return []Case{
		one("an ipBlock of the outside allows the outside host and no pods", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: 10.67.0.0/24}}]}]}
`, `
any -> x/a no
outside -> x/a yes`),
		one("an ipBlock that covers pods allows them too", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: 10.66.0.4/32}}]}]}
`, `
any -> x/a no
y/a -> x/a yes`),
		one("egress to an ipBlock that contains the node", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.66.0.254/32}}], ports: [{port: 80}]}]}
`, `
x/a -> any no
x/a -> node:80/tcp yes`),
		one("except removes a part of a block", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.66.0.0/24, except: [10.66.0.4/31, 10.66.0.9/32]}}]}]}
`, `
x/a -> any no
x/a -> */* yes
x/a -> node yes
x/a -> y/a no
x/a -> y/b no
x/a -> z/c no`),
		one("a block's exception does not restrict another block", `
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
		one("a block's exception does not restrict another policy", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.66.0.0/24, except: [10.66.0.5/32]}}]}]}
---
metadata: {namespace: x, name: exactly}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.66.0.5/32}}]}]}
`, `
x/a -> outside no`),
		one("every IPv4 address", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 80}]}]}
`, `
any -> x/a no
any -> x/a:80/tcp yes`),
		one("every address outside the cluster", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.66.0.0/16]}}]}]}
`, `
any -> x/a no
outside -> x/a yes`),
		one("a block with an exception of its whole allows nothing", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: 10.66.0.0/24, except: [10.66.0.0/25, 10.66.0.128/25]}}]}]}
`, `
any -> x/a no`),
		one("an IPv6 block matches nothing in an IPv4 cluster", `
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
		one("except for ingress", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: 10.66.0.0/24, except: [10.66.0.4/32]}}]}]}
`, `
any -> x/a no
*/* -> x/a yes
y/a -> x/a no`),
		one("host bits of a block's address are ignored", `
metadata: {namespace: x, name: block}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: 10.66.0.5/30}}]}]}
`, `
any -> x/a no
y/* -> x/a yes
z/a -> x/a yes`),
		one("::/0 matches nothing in an IPv4 cluster and does not change the block beside it", `
metadata: {namespace: x, name: block}
spec:
  podSelector: {matchLabels: {pod: a}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{ipBlock: {cidr: "::/0"}}, {ipBlock: {cidr: 10.67.0.0/24}}]}]
  egress: [{to: [{ipBlock: {cidr: "::/0", except: ["2001:db8::/32"]}}]}]
`, `
any -> x/a no
x/a -> any no
outside -> x/a yes`),
	}
}
