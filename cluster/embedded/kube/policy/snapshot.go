// Package policy turns networking.k8s.io/v1 NetworkPolicies into a model of packet filter rules: a pure function of the
// policies, pods and namespaces of a cluster. Package nft renders the model. Package oracle is an independent
// implementation of the same semantics, for tests.
//
// The semantics are upstream's: https://kubernetes.io/docs/concepts/services-networking/network-policies/
package policy

import (
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

// Snapshot is all input of the decisions, at one moment.
type Snapshot struct {
	// Namespaces holds the labels of each namespace by its name.
	Namespaces map[string]labels.Set
	Pods       []Pod
	Policies   []Policy
}

// Pod holds the fields of a pod that policies use.
type Pod struct {
	Namespace, Name string
	UID             types.UID
	Labels          labels.Set
	// Address is the zero value until the pod has one.
	Address netip.Addr
	// Claimed is when the network assigned the address to this pod: more recent and more reliable than the API's
	// status.
	Claimed time.Time
	Created time.Time
	// HostNetwork pods are the node: policies neither apply to them nor select them as peers.
	HostNetwork bool
	// Ended pods (Succeeded or Failed) have released their address.
	Ended bool
	Ports []ContainerPort
	// Workload is the name of the pod's owner for people: see workloadOf.
	Workload string
}

// ContainerPort is a named port of a pod.
type ContainerPort struct {
	Name     string
	Protocol corev1.Protocol
	Port     uint16
}

// Policy is a NetworkPolicy. Shadow, when not nil, is evaluated in place of Spec to report what it would block; it
// blocks nothing.
type Policy struct {
	Namespace, Name string
	UID             types.UID
	Spec            networkingv1.NetworkPolicySpec
	Shadow          *networkingv1.NetworkPolicySpec
}

// Ref names a policy.
type Ref struct {
	Namespace, Name string
	UID             types.UID
}

// Ref gives the name of the policy.
func (p Policy) Ref() Ref { return Ref{p.Namespace, p.Name, p.UID} }

// Direction is a direction of traffic, relative to the pod that a policy applies to.
type Direction string

// The directions, as they are written in NetworkPolicies and in events.
const (
	Ingress Direction = "ingress"
	Egress  Direction = "egress"
)

// reachable tells whether policies can apply to the pod.
func (p Pod) reachable() bool {
	return p.Address.IsValid() && !p.HostNetwork && !p.Ended
}

// Holders returns the pod behind each address. When several pods have the same address, because one is terminating, it
// is the pod that the network assigned it to last, else the newest.
func Holders(pods []Pod) map[netip.Addr]Pod {
	holders := make(map[netip.Addr]Pod, len(pods))
	for _, pod := range pods {
		if !pod.reachable() {
			continue
		}
		if other, taken := holders[pod.Address]; !taken || holdsBefore(pod, other) {
			holders[pod.Address] = pod
		}
	}
	return holders
}

func holdsBefore(pod, other Pod) bool {
	if !pod.Claimed.Equal(other.Claimed) {
		return pod.Claimed.After(other.Claimed)
	}
	if !pod.Created.Equal(other.Created) {
		return pod.Created.After(other.Created)
	}
	return pod.UID > other.UID
}

// Applies tells whether a policy isolates its pods in the direction. The default of policyTypes is ingress, and egress
// when the policy has egress rules. The API server sets the field in policies, but not in a shadow specification.
func Applies(spec networkingv1.NetworkPolicySpec, direction Direction) bool {
	if len(spec.PolicyTypes) == 0 {
		return direction == Ingress || len(spec.Egress) > 0
	}
	for _, one := range spec.PolicyTypes {
		if (one == networkingv1.PolicyTypeIngress) == (direction == Ingress) {
			return true
		}
	}
	return false
}
