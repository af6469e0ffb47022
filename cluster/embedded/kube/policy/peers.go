package policy

import (
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// podPeer selects pods of one namespace, or of the namespaces that a selector matches.
type podPeer struct {
	about     string
	namespace string
	// nil: only the namespace above.
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

// selects: an unknown namespace has no labels to match.
func (p podPeer) selects(pod Pod, namespaceLabels map[string]string) bool {
	if p.namespaces == nil {
		return pod.Namespace == p.namespace && p.pods.Matches(pod.Labels)
	}
	return namespaceLabels != nil && p.namespaces.Matches(labels.Set(namespaceLabels)) && p.pods.Matches(pod.Labels)
}

// selectorOf parses a selector. One that does not parse selects nothing; the API server admits none.
func selectorOf(selector *metav1.LabelSelector) labels.Selector {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return labels.Nothing()
	}
	return parsed
}
