package policytest

import (
	"careplane.dev/cluster/policy"
)

// namedPorts: a port by its name at the destination.
func namedPorts() []Case {
	return []Case{
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
		one("a named port for egress is looked up at the destination pod and matches no outside address", `
metadata: {namespace: x, name: named}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{ports: [{port: serve-80-tcp}]}]}
`, `
x/a -> any no
x/a -> */*:80/tcp yes`),
		{"a port name resolves to each pod's own number, for ingress and egress", []Step{{Policies: `
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
		one("a named port that no pod has allows nothing", `
metadata: {namespace: x, name: named}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: nowhere}]}]}
`, `
any -> x/a no`),
		one("a name beside a number: either matches", `
metadata: {namespace: x, name: named}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: serve-80-tcp}, {port: 81}]}]}
`, `
any -> x/a no
any -> x/a:*/tcp yes`),
		one("a named port with a block: looked up at the pod that is the destination", `
metadata: {namespace: x, name: named}
spec:
  podSelector: {matchLabels: {pod: a}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{ipBlock: {cidr: 10.67.0.0/24}}], ports: [{port: serve-80-tcp}]}]
  egress: [{to: [{ipBlock: {cidr: 10.66.0.4/32}}, {ipBlock: {cidr: 10.67.0.0/24}}], ports: [{port: serve-81-sctp, protocol: SCTP}]}]
`, `
any -> x/a no
x/a -> any no
outside -> x/a:80/tcp yes
x/a -> y/a:81/sctp yes`),
	}
}
