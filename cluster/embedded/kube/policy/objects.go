package policy

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// ShadowAnnotation holds the shadow NetworkPolicySpec as JSON: it is evaluated and blocks nothing.
const ShadowAnnotation = "careplane.dev/shadow-spec"

// workloadLabels name a pod's Careplane resource: clearer than its owner's generated name.
var workloadLabels = []string{"careplane.dev/service", "careplane.dev/store", "careplane.dev/broker", "careplane.dev/observability"}

// PodOf converts a pod of the API. It reads only the IPv4 address: the cluster has no IPv6.
func PodOf(pod *corev1.Pod) Pod {
	return Pod{
		Namespace:   pod.Namespace,
		Name:        pod.Name,
		UID:         pod.UID,
		Labels:      labels.Set(pod.Labels),
		Address:     ipv4Of(pod),
		Created:     pod.CreationTimestamp.Time,
		HostNetwork: pod.Spec.HostNetwork,
		Ended:       pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed,
		Ports:       namedPorts(pod),
		Workload:    workloadOf(pod),
	}
}

func ipv4Of(pod *corev1.Pod) netip.Addr {
	candidates := []string{pod.Status.PodIP}
	for _, other := range pod.Status.PodIPs {
		candidates = append(candidates, other.IP)
	}
	for _, candidate := range candidates {
		if address, err := netip.ParseAddr(candidate); err == nil && address.Unmap().Is4() {
			return address.Unmap()
		}
	}
	return netip.Addr{}
}

// namedPorts reads the ports of containers and sidecars (restartable init containers).
func namedPorts(pod *corev1.Pod) []ContainerPort {
	containers := append([]corev1.Container(nil), pod.Spec.Containers...)
	for _, container := range pod.Spec.InitContainers {
		if container.RestartPolicy != nil && *container.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			containers = append(containers, container)
		}
	}
	var ports []ContainerPort
	for _, container := range containers {
		for _, port := range container.Ports {
			if port.Name != "" && port.ContainerPort > 0 && port.ContainerPort <= math.MaxUint16 {
				ports = append(ports, ContainerPort{port.Name, protocolOr(&port.Protocol), uint16(port.ContainerPort)})
			}
		}
	}
	return ports
}

// workloadOf is the name of the pod's Careplane resource, else of its owner (the Deployment, not its ReplicaSet), else
// the pod's own name.
func workloadOf(pod *corev1.Pod) string {
	for _, label := range workloadLabels {
		if name := pod.Labels[label]; name != "" {
			return name
		}
	}
	owner := metav1.GetControllerOf(pod)
	if owner == nil {
		return pod.Name
	}
	if hash := pod.Labels["pod-template-hash"]; hash != "" && owner.Kind == "ReplicaSet" {
		return strings.TrimSuffix(owner.Name, "-"+hash)
	}
	return owner.Name
}

// PolicyOf converts a NetworkPolicy of the API. On an error (an annotation that is no specification) the returned
// policy still has its Spec.
func PolicyOf(object *networkingv1.NetworkPolicy) (Policy, error) {
	policy := Policy{Namespace: object.Namespace, Name: object.Name, UID: object.UID, Spec: object.Spec}
	text, found := object.Annotations[ShadowAnnotation]
	if !found {
		return policy, nil
	}
	shadow, err := parseShadow(text)
	if err != nil {
		return policy, fmt.Errorf("NetworkPolicy %s/%s: annotation %s: %w", object.Namespace, object.Name, ShadowAnnotation, err)
	}
	policy.Shadow = shadow
	return policy, nil
}

// parseShadow is strict: a misspelt field would silently change what is allowed.
func parseShadow(text string) (*networkingv1.NetworkPolicySpec, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	spec := &networkingv1.NetworkPolicySpec{}
	if err := decoder.Decode(spec); err != nil {
		return nil, err
	}
	if _, err := metav1.LabelSelectorAsSelector(&spec.PodSelector); err != nil {
		return nil, err
	}
	return spec, nil
}

func protocolOr(protocol *corev1.Protocol) corev1.Protocol {
	if protocol == nil || *protocol == "" {
		return corev1.ProtocolTCP
	}
	return *protocol
}
