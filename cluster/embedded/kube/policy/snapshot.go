// Package policy turns networking.k8s.io/v1 NetworkPolicies into a model of packet filter rules: a pure function of the
// policies, pods and namespaces of a cluster. How the model becomes nftables is in package nft; an independent reading of
// the same semantics, which this one is tested against, is in package oracle.
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

// Snapshot is everything that decides who may talk to whom, at one moment.
type Snapshot struct {
	// Namespaces holds the labels of each namespace by its name.
	Namespaces map[string]labels.Set
	Pods       []Pod
	Policies   []Policy
}

// Pod is what policies look at in a pod.
type Pod struct {
	Namespace, Name string
	UID             types.UID
	Labels          labels.Set
	// Address is the zero value until the pod has one.
	Address netip.Addr
	// Claimed says that the network itself gave the address to this pod, which is later and surer than what the API knows.
	Claimed time.Time
	Created time.Time
	// HostNetwork pods are the node: policies neither apply to them nor select them as peers.
	HostNetwork bool
	// Ended pods (Succeeded or Failed) have given their address back.
	Ended bool
	Ports []ContainerPort
	// Workload is what people call the pod's owner: see WorkloadOf.
	Workload string
}

// ContainerPort is a port that a pod gives a name to.
type ContainerPort struct {
	Name     string
	Protocol corev1.Protocol
	Port     uint16
}

// Policy is a NetworkPolicy. Shadow, when not nil, is evaluated instead of Spec to tell what it would block, and blocks
// nothing.
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

// Direction is a side of a connection, as seen from the pod that a policy applies to.
type Direction string

// The directions, as they are written in NetworkPolicies and in events.
const (
	Ingress Direction = "ingress"
	Egress  Direction = "egress"
)

// reachable tells whether policies have anything to do with the pod at all.
func (p Pod) reachable() bool {
	return p.Address.IsValid() && !p.HostNetwork && !p.Ended
}

// Holders gives the pod behind each address. Where several pods have the same (one is on its way out, the address is in
// use again), it is the one that the network gave it to last, else the youngest.
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

// Applies gives the directions that a policy isolates its pods in. Without policyTypes that is ingress, and egress when
// the policy has egress rules. The API server fills the field in, but not in a shadow specification.
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
