package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Plan is the load and the duration of the measurement.
type Plan struct {
	Kubeconfig string `json:"kubeconfig"`
	Group      string `json:"group"`
	Version    string `json:"version"`
	Plural     string `json:"plural"`
	// Object is the resource without its name.
	Object map[string]any `json:"object"`
	// Change is the path of the field that a single change sets to a new number.
	Change []string `json:"change"`
	// ChangeAsText sets it as a string.
	ChangeAsText bool           `json:"changeAsText"`
	Namespaces   []string       `json:"namespaces"`
	N            int            `json:"n"`
	Workers      int            `json:"workers"`
	OperatorPID  int            `json:"operatorPid"`
	PIDs         map[string]int `json:"pids"`
	// Seconds.
	ReadyLimit   float64 `json:"readyLimit"`
	SettleLimit  float64 `json:"settleLimit"`
	Rest         float64 `json:"rest"`
	Changes      int     `json:"changes"`
	ChangesLimit float64 `json:"changesLimit"`
}

func readPlan(path string) (*Plan, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	plan := &Plan{}
	if err := json.Unmarshal(text, plan); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if plan.N < 1 || len(plan.Namespaces) == 0 || plan.Workers < 1 {
		return nil, fmt.Errorf("%s: n, workers and namespaces are needed", path)
	}
	return plan, nil
}

func (p *Plan) gvr() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: p.Group, Version: p.Version, Resource: p.Plural}
}

func (p *Plan) name(i int) string      { return fmt.Sprintf("hs-%05d", i) }
func (p *Plan) namespace(i int) string { return p.Namespaces[i%len(p.Namespaces)] }

func (p *Plan) object(i int) *unstructured.Unstructured {
	object := (&unstructured.Unstructured{Object: p.Object}).DeepCopy()
	object.SetName(p.name(i))
	object.SetNamespace(p.namespace(i))
	return object
}

// patch is the merge patch of a round's change.
func (p *Plan) patch(round int) ([]byte, error) {
	var value any = 9000 + round
	if p.ChangeAsText {
		value = strconv.Itoa(9000 + round)
	}
	for i := len(p.Change) - 1; i >= 0; i-- {
		value = map[string]any{p.Change[i]: value}
	}
	return json.Marshal(value)
}
