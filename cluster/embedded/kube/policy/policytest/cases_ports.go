package policytest

// ports: protocols, numbers and ranges.
func ports() []Case {
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
		one("a protocol without port matches all its ports", `
metadata: {namespace: x, name: udp}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{protocol: UDP}]}]}
`, `
any -> x/a no
any -> x/a:*/udp yes`),
		one("a UDP port does not allow TCP", `
metadata: {namespace: x, name: udp}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{protocol: UDP, port: 81}]}]}
`, `
any -> x/a no
any -> x/a:81/udp yes`),
		one("an SCTP port does not allow TCP", `
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
		one("a range of ports includes both ends", `
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
		one("egress to a port of any destination", `
metadata: {namespace: x, name: port}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{ports: [{port: 80}]}]}
`, `
x/a -> any no
x/a -> any:80/tcp yes`),
		one("an empty list of ports matches every port of every protocol", `
metadata: {namespace: x, name: ports}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}], ports: []}]}
`, `
any -> x/a no
x/b -> x/a yes`),
		one("one port with two protocols for egress, as for DNS", `
metadata: {namespace: x, name: dns}
spec:
  podSelector: {matchLabels: {pod: a}}
  policyTypes: [Egress]
  egress: [{to: [{namespaceSelector: {matchLabels: {ns: z}}}], ports: [{port: 80, protocol: UDP}, {port: 80, protocol: TCP}]}]
`, `
x/a -> any no
x/a -> z/*:80/udp yes
x/a -> z/*:80/tcp yes`),
		one("a range of SCTP ports for egress to the pods of one namespace", `
metadata: {namespace: x, name: range}
spec:
  podSelector: {matchLabels: {pod: a}}
  policyTypes: [Egress]
  egress: [{to: [{namespaceSelector: {matchLabels: {ns: "y"}}}], ports: [{port: 81, endPort: 90, protocol: SCTP}]}]
`, `
x/a -> any no
x/a -> y/*:81/sctp yes`),
		one("a range of all ports of one protocol does not match another", `
metadata: {namespace: x, name: range}
spec: {podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: 1, endPort: 65535, protocol: UDP}]}]}
`, `
any -> x/a no
any -> x/a:*/udp yes`),
	}
}
