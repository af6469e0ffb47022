// harness creates custom resources and times the operator that reconciles them: until all are Ready, until the writes
// stop, at rest, and from a single change to its observedGeneration.
//
//	harness plan.json result.json
//
// It knows only the operator's process ID, and observes only the API server. The caller counts the writes from the
// audit log, between the times in the result.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// Result holds the measurements: times in seconds, latencies in milliseconds, memory in MiB.
type Result struct {
	N            int                `json:"n"`
	Ready        int                `json:"ready"`
	CreatedIn    float64            `json:"createdIn"`
	FirstReady   float64            `json:"firstReady"`
	AllReady     float64            `json:"allReady"`
	Events       int64              `json:"events"`
	CPU          map[string]float64 `json:"cpu"`
	CPUToReady   float64            `json:"operatorCpuToReady"`
	CPUToSettled float64            `json:"operatorCpuToSettled"`
	CPUAtRest    float64            `json:"operatorCpuAtRest"`
	CPUOfChanges float64            `json:"operatorCpuOfChanges"`
	RSSBefore    float64            `json:"rssBefore"`
	RSSReady     float64            `json:"rssReady"`
	RSSRest      float64            `json:"rssRest"`
	RSSPeak      float64            `json:"rssPeak"`
	IsSettled    bool               `json:"isSettled"`
	SettledIn    float64            `json:"settledIn"`
	RestSeconds  float64            `json:"restSeconds"`
	Changes      []float64          `json:"changes"`
	Unanswered   int                `json:"unansweredChanges"`
	// Marks are the times between which the caller counts writes.
	Marks Marks `json:"marks"`
}

// Marks are times in RFC 3339 with nanoseconds.
type Marks struct {
	Begun    time.Time `json:"begun"`
	Ready    time.Time `json:"ready"`
	Settled  time.Time `json:"settled"`
	Rested   time.Time `json:"rested"`
	Finished time.Time `json:"finished"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "harness PLAN.json RESULT.json")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "harness:", err)
		os.Exit(1)
	}
}

func run(planPath, resultPath string) error {
	plan, err := readPlan(planPath)
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", plan.Kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	typed, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx := context.Background()
	for _, name := range plan.Namespaces {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if _, err := typed.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	watcher, err := watchObjects(ctx, objects.Resource(plan.gvr()))
	if err != nil {
		return err
	}
	measured := &measurement{plan: plan, typed: typed, resource: objects.Resource(plan.gvr()), watcher: watcher}
	if err := measured.run(ctx); err != nil {
		return err
	}
	text, err := json.MarshalIndent(measured.result, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(resultPath, text, 0o644)
}
