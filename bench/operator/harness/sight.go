package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

// seen is one event of a resource.
type seen struct {
	key                  string
	generation, observed int64
	ready                bool
	at                   time.Time
}

// sight is the stream of everything that happens to the resources.
type sight struct {
	events chan seen
	ended  chan error
	count  atomic.Int64
}

func watchObjects(ctx context.Context, resource dynamic.NamespaceableResourceInterface) (*sight, error) {
	list, err := resource.List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(list.Items) > 0 {
		return nil, errors.New("there are such resources already")
	}
	watcher, err := resource.Watch(ctx, metav1.ListOptions{ResourceVersion: list.GetResourceVersion()})
	if err != nil {
		return nil, err
	}
	s := &sight{events: make(chan seen, 1_000_000), ended: make(chan error, 1)}
	go func() {
		for event := range watcher.ResultChan() {
			if object, ok := event.Object.(*unstructured.Unstructured); ok {
				s.count.Add(1)
				s.events <- seenOf(object)
			}
		}
		s.ended <- errors.New("the watch of the harness ended")
	}()
	return s, nil
}

func seenOf(object *unstructured.Unstructured) seen {
	observed, _, _ := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	ready := false
	for _, entry := range conditions {
		condition, ok := entry.(map[string]any)
		ready = ready || (ok && condition["type"] == "Ready" && condition["status"] == "True")
	}
	key := object.GetNamespace() + "/" + object.GetName()
	return seen{key, object.GetGeneration(), observed, ready, time.Now()}
}

// drain forgets what was seen so far.
func (s *sight) drain() {
	for len(s.events) > 0 {
		<-s.events
	}
}
