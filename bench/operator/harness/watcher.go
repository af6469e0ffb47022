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

// seen is one watch event of a resource.
type seen struct {
	key                  string
	generation, observed int64
	ready                bool
	at                   time.Time
}

// watcher is the stream of all watch events of the resources.
type watcher struct {
	events chan seen
	ended  chan error
	count  atomic.Int64
}

func watchObjects(ctx context.Context, resource dynamic.NamespaceableResourceInterface) (*watcher, error) {
	list, err := resource.List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(list.Items) > 0 {
		return nil, errors.New("such resources exist already")
	}
	stream, err := resource.Watch(ctx, metav1.ListOptions{ResourceVersion: list.GetResourceVersion()})
	if err != nil {
		return nil, err
	}
	w := &watcher{events: make(chan seen, 1_000_000), ended: make(chan error, 1)}
	go func() {
		for event := range stream.ResultChan() {
			if object, ok := event.Object.(*unstructured.Unstructured); ok {
				w.count.Add(1)
				w.events <- seenOf(object)
			}
		}
		w.ended <- errors.New("the watch of the harness ended")
	}()
	return w, nil
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

// drain discards the events so far.
func (w *watcher) drain() {
	for len(w.events) > 0 {
		<-w.events
	}
}
