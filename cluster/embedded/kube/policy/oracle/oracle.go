// Package oracle decides whether NetworkPolicies allow a connection, directly from their text. The packet filter is
// tested against it, so it uses no sets, chains or filters, and shares only the input types with package policy. It is
// written to be read beside the API's documentation, not to be fast.
//
// https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
package oracle

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"careplane.dev/cluster/policy"
)

// Flow is one attempt to connect (or the first datagram).
type Flow struct {
	From, To netip.Addr
	Protocol corev1.Protocol
	Port     uint16
}

// Cluster is a snapshot and the node's own addresses.
type Cluster struct {
	policy.Snapshot
	Node []netip.Addr
}

// Allowed tells whether the flow reaches its destination.
func (c Cluster) Allowed(flow Flow) bool {
	return c.passes(flow, enforced)
}

// WouldBlock returns the directions in which policies in shadow mode, if enforced, would block an allowed flow.
func (c Cluster) WouldBlock(flow Flow) []policy.Direction {
	if !c.Allowed(flow) || c.exempt(flow) {
		return nil
	}
	var blocked []policy.Direction
	for _, direction := range []policy.Direction{policy.Ingress, policy.Egress} {
		if !c.allows(flow, direction, shadowed) {
			blocked = append(blocked, direction)
		}
	}
	return blocked
}

// A reading chooses a policy's effective specification.
type reading func(policy.Policy) networkingv1.NetworkPolicySpec

func enforced(one policy.Policy) networkingv1.NetworkPolicySpec { return one.Spec }

func shadowed(one policy.Policy) networkingv1.NetworkPolicySpec {
	if one.Shadow != nil {
		return *one.Shadow
	}
	return one.Spec
}

func (c Cluster) passes(flow Flow, read reading) bool {
	return c.exempt(flow) || c.allows(flow, policy.Egress, read) && c.allows(flow, policy.Ingress, read)
}

// exempt: policies restrict neither a pod's traffic to itself nor its node's (kubelet probes).
func (c Cluster) exempt(flow Flow) bool {
	for _, node := range c.Node {
		if flow.From == node {
			return true
		}
	}
	return flow.From == flow.To
}

// allows decides one end of the flow: the source's egress or the destination's ingress.
func (c Cluster) allows(flow Flow, direction policy.Direction, read reading) bool {
	subject := c.podAt(flow.To)
	if direction == policy.Egress {
		subject = c.podAt(flow.From)
	}
	if subject == nil {
		return true
	}
	isolated := false
	for _, one := range c.Policies {
		spec := read(one)
		if one.Namespace != subject.Namespace || !matches(&spec.PodSelector, subject.Labels) || !covers(spec, direction) {
			continue
		}
		isolated = true
		if c.letsPass(spec, one.Namespace, flow, direction) {
			return true
		}
	}
	return !isolated
}

func covers(spec networkingv1.NetworkPolicySpec, direction policy.Direction) bool {
	types := spec.PolicyTypes
	if len(types) == 0 {
		types = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		if len(spec.Egress) > 0 {
			types = append(types, networkingv1.PolicyTypeEgress)
		}
	}
	for _, one := range types {
		if one == networkingv1.PolicyTypeIngress && direction == policy.Ingress {
			return true
		}
		if one == networkingv1.PolicyTypeEgress && direction == policy.Egress {
			return true
		}
	}
	return false
}

func (c Cluster) letsPass(spec networkingv1.NetworkPolicySpec, namespace string, flow Flow, direction policy.Direction) bool {
	if direction == policy.Ingress {
		for _, rule := range spec.Ingress {
			if c.anyPeer(rule.From, namespace, flow.From) && c.anyPort(rule.Ports, flow) {
				return true
			}
		}
		return false
	}
	for _, rule := range spec.Egress {
		if c.anyPeer(rule.To, namespace, flow.To) && c.anyPort(rule.Ports, flow) {
			return true
		}
	}
	return false
}

func (c Cluster) anyPeer(peers []networkingv1.NetworkPolicyPeer, namespace string, address netip.Addr) bool {
	for _, peer := range peers {
		if peer.IPBlock != nil {
			if inBlock(peer.IPBlock, address) {
				return true
			}
			continue
		}
		if pod := c.podAt(address); pod != nil && c.selects(peer, namespace, *pod) {
			return true
		}
	}
	return len(peers) == 0
}

func (c Cluster) selects(peer networkingv1.NetworkPolicyPeer, namespace string, pod policy.Pod) bool {
	if peer.PodSelector == nil && peer.NamespaceSelector == nil {
		return false
	}
	if peer.NamespaceSelector == nil && pod.Namespace != namespace {
		return false
	}
	if peer.NamespaceSelector != nil {
		found, known := c.Namespaces[pod.Namespace]
		if !known || !matches(peer.NamespaceSelector, found) {
			return false
		}
	}
	return peer.PodSelector == nil || matches(peer.PodSelector, pod.Labels)
}

func inBlock(block *networkingv1.IPBlock, address netip.Addr) bool {
	for _, except := range block.Except {
		if netip.MustParsePrefix(except).Contains(address) {
			return false
		}
	}
	return netip.MustParsePrefix(block.CIDR).Contains(address)
}

func (c Cluster) anyPort(ports []networkingv1.NetworkPolicyPort, flow Flow) bool {
	for _, port := range ports {
		protocol := corev1.ProtocolTCP
		if port.Protocol != nil {
			protocol = *port.Protocol
		}
		if protocol == flow.Protocol && c.portMatches(port, flow) {
			return true
		}
	}
	return len(ports) == 0
}

func (c Cluster) portMatches(port networkingv1.NetworkPolicyPort, flow Flow) bool {
	if port.Port == nil {
		return true
	}
	if port.Port.Type == intstr.Int {
		if port.EndPort == nil {
			return int32(flow.Port) == port.Port.IntVal
		}
		return int32(flow.Port) >= port.Port.IntVal && int32(flow.Port) <= *port.EndPort
	}
	destination := c.podAt(flow.To)
	if destination == nil {
		return false
	}
	for _, one := range destination.Ports {
		if one.Name == port.Port.StrVal && one.Protocol == flow.Protocol && one.Port == flow.Port {
			return true
		}
	}
	return false
}

// podAt returns the pod that policies see behind an address. The node, pods on its network and ended pods are not
// visible.
func (c Cluster) podAt(address netip.Addr) *policy.Pod {
	var found *policy.Pod
	for i := range c.Pods {
		pod := &c.Pods[i]
		if pod.Address != address || pod.HostNetwork || pod.Ended {
			continue
		}
		if found == nil || pod.Claimed.After(found.Claimed) || pod.Claimed.Equal(found.Claimed) && pod.Created.After(found.Created) {
			found = pod
		}
	}
	return found
}

func matches(selector *metav1.LabelSelector, set map[string]string) bool {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(set))
}
