package policytest

import (
	"time"

	"careplane.dev/cluster/policy"
)

// oddPods: pods that policies treat specially, and addresses that are reused.
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
		{"an ended pod is neither isolated nor a peer, though the API shows its address", []Step{{Policies: `
metadata: {namespace: x, name: from-b}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]}
`, Change: func(world *policy.Snapshot) { Pod(world, "x/b").Ended = true }, Want: `
any -> x/a no
any -> x/c no`}}},
		{"a reused address belongs to the new pod, as peer", []Step{
			{Policies: fromB, Change: take("x/b", "y/c"), Want: `
any -> x/a no`},
			{Change: func(world *policy.Snapshot) { Pod(world, "x/b").Claimed = time.Unix(2, 0) }, Want: `
any -> x/a no
x/b -> x/a yes`},
		}},
		{"a reused address belongs to the new pod, as subject", []Step{
			{Policies: fromB, Change: take("x/a", "y/c"), Want: ``},
			{Change: func(world *policy.Snapshot) { Pod(world, "y/late").Ended = true }, Want: `
any -> x/a no
x/b -> x/a yes`},
		}},
		{"egress to a pod on the node's network is egress to the node: labels do not match it", []Step{{Policies: `
metadata: {namespace: x, name: to-b}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {pod: b}}}]}]}
`, Change: func(world *policy.Snapshot) {
			Pod(world, "x/b").HostNetwork = true
			Pod(world, "x/b").Address = Node
		}, Want: `
x/a -> any no`}}},
		{"a reused address has the port names of the new pod", []Step{
			{Policies: `
metadata: {namespace: x, name: web}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: web}]}]}
`, Change: func(world *policy.Snapshot) {
				Pod(world, "y/b").Ports = []policy.ContainerPort{{Name: "web", Protocol: "TCP", Port: 80}}
				Pod(world, "y/c").Ports = []policy.ContainerPort{{Name: "web", Protocol: "TCP", Port: 81}}
			}, Want: `
x/* -> any no
x/* -> y/b:80/tcp yes
x/* -> y/c:81/tcp yes`},
			{Change: take("y/b", "y/c"), Want: `
x/* -> any no
x/* -> y/b:81/tcp yes
x/* -> y/c:81/tcp yes`},
		}},
	}
}
