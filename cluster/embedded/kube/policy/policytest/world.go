// Package policytest is shared by the tests of the policy packages: a small world of pods, truth tables as in
// Kubernetes' network policy tests (test/e2e/network/netpol), and a generator of random policies.
package policytest

import (
	"fmt"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"careplane.dev/cluster/policy"
	"careplane.dev/cluster/policy/oracle"
)

// Addresses that are not pods: the node (the pods' bridge) and a host outside.
var (
	Node    = netip.MustParseAddr("10.66.0.254")
	Outside = netip.MustParseAddr("10.67.0.2")
)

// Ports and Protocols that every endpoint listens on.
var (
	Ports     = []uint16{80, 81}
	Protocols = []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP}
)

// World is the snapshot without policies: the namespaces x, y, z, each with the pods a, b, c. A namespace is labelled
// ns=<name>, a pod pod=<name>; each names its ports serve-<port>-<protocol>.
func World() policy.Snapshot {
	snapshot := policy.Snapshot{Namespaces: map[string]labels.Set{}}
	for _, namespace := range []string{"x", "y", "z"} {
		snapshot.Namespaces[namespace] = labels.Set{"ns": namespace, "kubernetes.io/metadata.name": namespace}
		for _, name := range []string{"a", "b", "c"} {
			pod := policy.Pod{
				Namespace: namespace,
				Name:      name,
				UID:       types.UID("uid-" + namespace + "-" + name),
				Labels:    labels.Set{"pod": name},
				Address:   netip.AddrFrom4([4]byte{10, 66, 0, byte(len(snapshot.Pods) + 1)}),
				Workload:  name,
			}
			for _, port := range Ports {
				for _, protocol := range Protocols {
					portName := fmt.Sprintf("serve-%d-%s", port, strings.ToLower(string(protocol)))
					pod.Ports = append(pod.Ports, policy.ContainerPort{Name: portName, Protocol: protocol, Port: port})
				}
			}
			snapshot.Pods = append(snapshot.Pods, pod)
		}
	}
	return snapshot
}

// Pod returns a pod of the snapshot by `namespace/name`, for changes.
func Pod(snapshot *policy.Snapshot, name string) *policy.Pod {
	for i := range snapshot.Pods {
		if PodName(snapshot.Pods[i]) == name {
			return &snapshot.Pods[i]
		}
	}
	panic("no pod " + name)
}

// PodName is `namespace/name`.
func PodName(pod policy.Pod) string { return pod.Namespace + "/" + pod.Name }

// Policies decodes NetworkPolicies from YAML documents. It panics on invalid text.
func Policies(text string) []policy.Policy {
	var policies []policy.Policy
	for _, document := range strings.Split(text, "\n---") {
		if strings.TrimSpace(document) == "" {
			continue
		}
		object := &networkingv1.NetworkPolicy{}
		if err := yaml.UnmarshalStrict([]byte(strings.ReplaceAll(document, "\t", "  ")), object); err != nil {
			panic(fmt.Errorf("%w in %s", err, document))
		}
		one, err := policy.PolicyOf(object)
		if err != nil {
			panic(err)
		}
		one.UID = types.UID("uid-" + one.Namespace + "-" + one.Name)
		policies = append(policies, one)
	}
	return policies
}

// Endpoint is a source or destination of flows.
type Endpoint struct {
	Name    string
	Address netip.Addr
}

// Endpoints are the world's pods, the node and the host outside. Their addresses do not depend on a snapshot.
func Endpoints() []Endpoint {
	var endpoints []Endpoint
	for _, pod := range World().Pods {
		endpoints = append(endpoints, Endpoint{PodName(pod), pod.Address})
	}
	return append(endpoints, Endpoint{"node", Node}, Endpoint{"outside", Outside})
}

// Flows are all flows that policies decide about: between every endpoint and every pod, on every port and protocol.
func Flows() []oracle.Flow {
	isPod := func(one Endpoint) bool { return one.Address != Node && one.Address != Outside }
	var flows []oracle.Flow
	for _, from := range Endpoints() {
		for _, to := range Endpoints() {
			if !isPod(from) && !isPod(to) {
				continue
			}
			for _, protocol := range Protocols {
				for _, port := range Ports {
					flows = append(flows, oracle.Flow{From: from.Address, To: to.Address, Protocol: protocol, Port: port})
				}
			}
		}
	}
	return flows
}

// Describe formats a flow for messages.
func Describe(flow oracle.Flow) string {
	return fmt.Sprintf("%s -> %s:%d/%s", nameOf(flow.From), nameOf(flow.To), flow.Port, strings.ToLower(string(flow.Protocol)))
}

func nameOf(address netip.Addr) string { return names[address] }

var names = func() map[netip.Addr]string {
	names := map[netip.Addr]string{}
	for _, endpoint := range Endpoints() {
		names[endpoint.Address] = endpoint.Name
	}
	return names
}()
