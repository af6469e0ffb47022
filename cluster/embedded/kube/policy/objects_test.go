package policy_test

import (
	"net/netip"
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"careplane.dev/cluster/policy"
)

func podWith(change func(*corev1.Pod)) policy.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "x", Name: "a", Labels: map[string]string{"pod": "a"}},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning, PodIP: "10.66.0.1"},
	}
	change(pod)
	return policy.PodOf(pod)
}

func TestPodOfReadsTheFieldsThatPoliciesUse(t *testing.T) {
	now := metav1.Now()
	always := corev1.ContainerRestartPolicyAlways
	controlled := func(kind, name string) []metav1.OwnerReference {
		yes := true
		return []metav1.OwnerReference{{Kind: kind, Name: name, Controller: &yes}}
	}
	port := func(name string, number int32, protocol corev1.Protocol) corev1.Container {
		return corev1.Container{Ports: []corev1.ContainerPort{{Name: name, ContainerPort: number, Protocol: protocol}}}
	}
	v4 := netip.MustParseAddr("10.66.0.1")
	for _, c := range []struct {
		name   string
		change func(*corev1.Pod)
		of     func(policy.Pod) any
		want   any
	}{
		{"its IPv4 address when IPv6 comes first", func(pod *corev1.Pod) {
			pod.Status.PodIP, pod.Status.PodIPs = "2001:db8::1", []corev1.PodIP{{IP: "2001:db8::1"}, {IP: "10.66.0.1"}}
		}, func(pod policy.Pod) any { return pod.Address }, v4},
		{"no address without an IPv4 address", func(pod *corev1.Pod) { pod.Status.PodIP = "2001:db8::1" },
			func(pod policy.Pod) any { return pod.Address.IsValid() }, false},
		{"a terminating pod has not ended: its programs may still run", func(pod *corev1.Pod) { pod.DeletionTimestamp = &now },
			func(pod policy.Pod) any { return pod.Ended }, false},
		{"a succeeded pod has ended", func(pod *corev1.Pod) { pod.Status.Phase = corev1.PodSucceeded },
			func(pod policy.Pod) any { return pod.Ended }, true},
		{"a failed pod has ended", func(pod *corev1.Pod) { pod.Status.Phase = corev1.PodFailed },
			func(pod policy.Pod) any { return pod.Ended }, true},
		{"the named ports of containers and sidecars, TCP by default", func(pod *corev1.Pod) {
			sidecar := port("side", 2, corev1.ProtocolUDP)
			sidecar.RestartPolicy = &always
			pod.Spec.InitContainers = []corev1.Container{port("gone", 3, ""), sidecar}
			pod.Spec.Containers = []corev1.Container{port("web", 1, ""), port("", 4, "")}
		}, func(pod policy.Pod) any { return pod.Ports },
			[]policy.ContainerPort{{Name: "web", Protocol: "TCP", Port: 1}, {Name: "side", Protocol: "UDP", Port: 2}}},
		{"its Careplane resource as workload", func(pod *corev1.Pod) {
			pod.Labels["careplane.dev/service"] = "gateway"
			pod.OwnerReferences = controlled("ReplicaSet", "gateway-77")
		}, func(pod policy.Pod) any { return pod.Workload }, "gateway"},
		{"its Deployment as workload", func(pod *corev1.Pod) {
			pod.Labels["pod-template-hash"] = "77"
			pod.OwnerReferences = controlled("ReplicaSet", "web-77")
		}, func(pod policy.Pod) any { return pod.Workload }, "web"},
		{"another owner as workload", func(pod *corev1.Pod) { pod.OwnerReferences = controlled("StatefulSet", "db") },
			func(pod policy.Pod) any { return pod.Workload }, "db"},
		{"its own name as workload without an owner", func(*corev1.Pod) {}, func(pod policy.Pod) any { return pod.Workload }, "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.of(podWith(c.change)); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%v instead of %v", got, c.want)
			}
		})
	}
}

func TestAnInvalidShadowLeavesThePolicysSpec(t *testing.T) {
	for _, text := range []string{"{", `{"podSelecter": {}}`, `{"podSelector": {"matchExpressions": [{"key": "pod", "operator": "Is"}]}}`} {
		object := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{
			Namespace: "x", Name: "quiet", Annotations: map[string]string{policy.ShadowAnnotation: text},
		}}
		object.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}
		got, err := policy.PolicyOf(object)
		if err == nil || got.Shadow != nil || !reflect.DeepEqual(got.Spec, object.Spec) {
			t.Errorf("%s: %v %+v", text, err, got)
		}
	}
}
