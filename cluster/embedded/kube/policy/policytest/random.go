package policytest

import (
	"fmt"
	"math/rand/v2"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"careplane.dev/cluster/policy"
)

// Random makes a world with random policies, some with a shadow, and some unusual pods; a seed always gives the same
// world.
func Random(seed uint64) policy.Snapshot {
	g := generator{rand.New(rand.NewPCG(seed, 4))}
	world := World()
	for i := range world.Pods {
		g.oddity(&world.Pods[i], i)
	}
	for i := range g.IntN(5) + 1 {
		one := policy.Policy{Namespace: g.pick("x", "y", "z"), Name: fmt.Sprint("policy-", i), Spec: g.spec()}
		if g.IntN(3) == 0 {
			shadow := g.spec()
			one.Shadow = &shadow
		}
		world.Policies = append(world.Policies, one)
	}
	return world
}

type generator struct{ *rand.Rand }

func (g generator) pick(from ...string) string { return from[g.IntN(len(from))] }

// oddity: no two pods have the same creation time.
func (g generator) oddity(pod *policy.Pod, number int) {
	pod.Created = time.Unix(int64(g.IntN(9)), int64(number))
	switch g.IntN(12) {
	case 0:
		pod.Ended = true
	case 1:
		pod.Labels = map[string]string{"pod": g.pick("a", "b", "c"), "more": "yes"}
	case 2:
		pod.Ports = []policy.ContainerPort{{Name: "serve-80-tcp", Protocol: corev1.ProtocolTCP, Port: 81}}
	case 3:
		pod.Address = World().Pods[g.IntN(9)].Address
		if g.IntN(2) == 0 {
			pod.Claimed = time.Unix(int64(g.IntN(9)), int64(number))
		}
	}
}

func (g generator) spec() networkingv1.NetworkPolicySpec {
	spec := networkingv1.NetworkPolicySpec{PodSelector: *g.selector("pod", "a", "b", "c")}
	switch g.IntN(4) {
	case 0:
		spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
	case 1:
		spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}
	case 2:
		spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}
	}
	for range g.IntN(3) {
		spec.Ingress = append(spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: g.peers(), Ports: g.ports()})
	}
	for range g.IntN(3) {
		spec.Egress = append(spec.Egress, networkingv1.NetworkPolicyEgressRule{To: g.peers(), Ports: g.ports()})
	}
	return spec
}

func (g generator) selector(key string, values ...string) *metav1.LabelSelector {
	value := g.pick(values...)
	switch g.IntN(6) {
	case 0:
		return &metav1.LabelSelector{}
	case 1:
		return expression(key, metav1.LabelSelectorOpNotIn, value)
	case 2:
		return expression(key, metav1.LabelSelectorOpIn, value, g.pick(values...))
	case 3:
		return expression("more", metav1.LabelSelectorOpDoesNotExist)
	}
	return &metav1.LabelSelector{MatchLabels: map[string]string{key: value}}
}

func expression(key string, operator metav1.LabelSelectorOperator, values ...string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: operator, Values: values}}}
}

func (g generator) peers() []networkingv1.NetworkPolicyPeer {
	var peers []networkingv1.NetworkPolicyPeer
	for range g.IntN(4) {
		switch g.IntN(4) {
		case 0:
			peers = append(peers, networkingv1.NetworkPolicyPeer{PodSelector: g.selector("pod", "a", "b", "c")})
		case 1:
			peers = append(peers, networkingv1.NetworkPolicyPeer{NamespaceSelector: g.selector("ns", "x", "y", "z")})
		case 2:
			peers = append(peers, networkingv1.NetworkPolicyPeer{PodSelector: g.selector("pod", "a", "b", "c"), NamespaceSelector: g.selector("ns", "x", "y", "z")})
		default:
			peers = append(peers, networkingv1.NetworkPolicyPeer{IPBlock: g.block()})
		}
	}
	return peers
}

// block returns a block with any prefix length that matters in this world, with exceptions inside it.
func (g generator) block() *networkingv1.IPBlock {
	if g.IntN(8) == 0 {
		return &networkingv1.IPBlock{CIDR: g.pick("10.67.0.0/24", "0.0.0.0/0", "2001:db8::/32")}
	}
	block := &networkingv1.IPBlock{CIDR: fmt.Sprintf("10.66.0.%d/%d", g.IntN(16), 28+g.IntN(5))}
	for range g.IntN(3) {
		block.Except = append(block.Except, fmt.Sprintf("10.66.0.%d/%d", g.IntN(16), 29+g.IntN(4)))
	}
	return block
}

func (g generator) ports() []networkingv1.NetworkPolicyPort {
	var ports []networkingv1.NetworkPolicyPort
	for range g.IntN(4) {
		protocol := Protocols[g.IntN(len(Protocols))]
		port := networkingv1.NetworkPolicyPort{Protocol: &protocol}
		switch g.IntN(5) {
		case 0:
			number := intstr.FromString(g.pick("serve-80-tcp", "serve-81-udp", "serve-80-sctp"))
			port.Port = &number
		case 1:
			number, end := intstr.FromInt32(int32(70+g.IntN(12))), int32(80+g.IntN(4))
			port.Port, port.EndPort = &number, &end
		case 2, 3:
			number := intstr.FromInt32(int32(80 + g.IntN(2)))
			port.Port = &number
		}
		ports = append(ports, port)
	}
	return ports
}
