// Package agent keeps the packet filter of a node in line with the cluster's NetworkPolicies. It watches the API, waits
// for policy-cni's notice of each new pod, and reports what policies in shadow mode would block.
package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"careplane.dev/cluster/policy"
	"careplane.dev/cluster/policy/claims"
)

// Cluster caches policies, pods and namespaces of the API. It reduces each object on arrival to the fields that
// policies look at, so other changes are invisible to it.
type Cluster struct {
	pods, namespaces, policies cache.SharedIndexInformer
	changed                    func()
}

// kept carries the metadata, which is the informer's cache key, and what was read from the object.
type kept[T any] struct {
	metav1.ObjectMeta
	value T
}

// Watch starts the informers and returns when their caches are synced. From then on it calls `changed` whenever a
// snapshot may differ from the last one.
func Watch(ctx context.Context, client kubernetes.Interface, changed func()) (*Cluster, error) {
	if err := waitForRights(ctx, client); err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	c := &Cluster{
		pods:       factory.Core().V1().Pods().Informer(),
		namespaces: factory.Core().V1().Namespaces().Informer(),
		policies:   factory.Networking().V1().NetworkPolicies().Informer(),
		changed:    changed,
	}
	err := errors.Join(
		c.observe(c.pods, func(object any) any { return reduce(object, policy.PodOf) }),
		c.observe(c.namespaces, func(object any) any { return reduce(object, labelsOf) }),
		c.observe(c.policies, func(object any) any { return reduce(object, policyOf) }),
	)
	if err != nil {
		return nil, err
	}
	factory.Start(ctx.Done())
	for kind, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return nil, fmt.Errorf("the cache of %s did not sync: %w", kind, context.Cause(ctx))
		}
	}
	return c, nil
}

func (c *Cluster) observe(informer cache.SharedIndexInformer, reduce func(any) any) error {
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { c.changed() },
		UpdateFunc: func(old, now any) {
			if !reflect.DeepEqual(valueOf(old), valueOf(now)) {
				c.changed()
			}
		},
		DeleteFunc: func(any) { c.changed() },
	})
	return errors.Join(err, informer.SetTransform(func(object any) (any, error) { return reduce(object), nil }))
}

func reduce[Object metav1.Object, T any](object any, read func(Object) T) any {
	full, ok := object.(Object)
	if !ok {
		// Already reduced: a relist hands over objects of the cache.
		return object
	}
	meta := metav1.ObjectMeta{Namespace: full.GetNamespace(), Name: full.GetName(), UID: full.GetUID(), ResourceVersion: full.GetResourceVersion()}
	return &kept[T]{ObjectMeta: meta, value: read(full)}
}

func valueOf(object any) any {
	switch one := object.(type) {
	case *kept[policy.Pod]:
		return one.value
	case *kept[labels.Set]:
		return one.value
	case *kept[policy.Policy]:
		return one.value
	}
	return object
}

func labelsOf(namespace *corev1.Namespace) labels.Set { return labels.Set(namespace.Labels) }

func policyOf(object *networkingv1.NetworkPolicy) policy.Policy {
	one, err := policy.PolicyOf(object)
	if err != nil {
		slog.Error("invalid shadow policy is not evaluated", "error", err)
	}
	return one
}

// Snapshot is the state of the cache, with the addresses that the network has assigned since.
func (c *Cluster) Snapshot(folder claims.Folder) (policy.Snapshot, error) {
	snapshot := policy.Snapshot{Namespaces: map[string]labels.Set{}}
	byPod, err := folder.ByPod()
	if err != nil {
		return snapshot, err
	}
	for _, object := range c.namespaces.GetStore().List() {
		if namespace, ok := object.(*kept[labels.Set]); ok {
			snapshot.Namespaces[namespace.Name] = namespace.value
		}
	}
	for _, object := range c.policies.GetStore().List() {
		if one, ok := object.(*kept[policy.Policy]); ok {
			snapshot.Policies = append(snapshot.Policies, one.value)
		}
	}
	for _, object := range c.pods.GetStore().List() {
		if pod, ok := object.(*kept[policy.Pod]); ok {
			snapshot.Pods = append(snapshot.Pods, claimed(pod.value, byPod))
		}
	}
	return snapshot, nil
}

func claimed(pod policy.Pod, byPod map[types.UID]claims.Claim) policy.Pod {
	if claim, found := byPod[pod.UID]; found {
		pod.Address, pod.Claimed = claim.Address, claim.Since
	}
	return pod
}

// waitForRights asks until the API server lets this agent list. In a new cluster the role comes a little later than the
// agent, and the informers' own backoff grows to half a minute.
func waitForRights(ctx context.Context, client kubernetes.Interface) error {
	said := ""
	for {
		err := tryLists(ctx, client)
		if err == nil {
			return nil
		}
		if said != err.Error() {
			said = err.Error()
			slog.Warn("the API server does not allow the agent to list yet", "error", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case <-time.After(250 * time.Millisecond):
		}
	}
}

func tryLists(ctx context.Context, client kubernetes.Interface) error {
	one := metav1.ListOptions{Limit: 1}
	_, pods := client.CoreV1().Pods("").List(ctx, one)
	_, namespaces := client.CoreV1().Namespaces().List(ctx, one)
	_, policies := client.NetworkingV1().NetworkPolicies("").List(ctx, one)
	return errors.Join(pods, namespaces, policies)
}
