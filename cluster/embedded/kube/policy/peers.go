package policy

import (
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// podPeer selects pods: of one namespace, or of those that a selector picks.
type podPeer struct {
	about     string
	namespace string
	// nil: the one namespace above.
	namespaces labels.Selector
	pods       labels.Selector
}

func podPeerOf(namespace string, peer networkingv1.NetworkPolicyPeer) podPeer {
	one := podPeer{namespace: namespace, pods: labels.Everything()}
	where := namespace
	if peer.NamespaceSelector != nil {
		one.namespaces = selectorOf(peer.NamespaceSelector)
		where = fmt.Sprintf("[%s]", one.namespaces)
	}
	if peer.PodSelector != nil {
		one.pods = selectorOf(peer.PodSelector)
	}
	one.about = fmt.Sprintf("%s/[%s]", where, one.pods)
	return one
}

// selects: a namespace that is not known (yet) has no labels to match.
func (p podPeer) selects(pod Pod, namespaceLabels map[string]string) bool {
	if p.namespaces == nil {
		return pod.Namespace == p.namespace && p.pods.Matches(pod.Labels)
	}
	return namespaceLabels != nil && p.namespaces.Matches(labels.Set(namespaceLabels)) && p.pods.Matches(pod.Labels)
}

// selectorOf reads a selector; one that cannot be read (the API server lets none pass) selects nothing.
func selectorOf(selector *metav1.LabelSelector) labels.Selector {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return labels.Nothing()
	}
	return parsed
}
