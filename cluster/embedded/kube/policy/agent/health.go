package agent

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"careplane.dev/cluster/policy"
)

// Health is the agent's state, served as JSON.
type Health struct {
	lock  sync.Mutex
	state healthState
}

type healthState struct {
	// Healthy: the kernel has the rules of the current snapshot.
	Healthy bool `json:"healthy"`
	// Applied counts transactions; snapshots without a difference are not counted.
	Applied int    `json:"applied"`
	Failed  int    `json:"failed"`
	Error   string `json:"error,omitempty"`
	// LastMilliseconds is the time from reading the snapshot to the kernel's answer, for the last change.
	LastMilliseconds float64 `json:"lastMilliseconds"`
	Pods             int     `json:"pods"`
	Isolated         int     `json:"isolated"`
	Chains           int     `json:"chains"`
	Sets             int     `json:"sets"`
}

func (h *Health) applied(ruleset policy.Ruleset, changed bool, took time.Duration) {
	h.lock.Lock()
	defer h.lock.Unlock()
	isolated := map[string]bool{}
	for _, chains := range ruleset.Enforced {
		for address := range chains {
			isolated[address.String()] = true
		}
	}
	h.state.Healthy, h.state.Error = true, ""
	h.state.Pods, h.state.Isolated = len(ruleset.Pods), len(isolated)
	h.state.Chains, h.state.Sets = len(ruleset.Chains), len(ruleset.Sets)+len(ruleset.Ports)
	if changed {
		h.state.Applied++
		h.state.LastMilliseconds = float64(took.Microseconds()) / 1000
	}
}

func (h *Health) failed(err error) error {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.state.Healthy, h.state.Error = false, err.Error()
	h.state.Failed++
	return err
}

// ServeHTTP answers 200 when the agent is healthy, else 503.
func (h *Health) ServeHTTP(response http.ResponseWriter, _ *http.Request) {
	h.lock.Lock()
	state := h.state
	h.lock.Unlock()
	response.Header().Set("content-type", "application/json")
	if !state.Healthy {
		response.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(response).Encode(state)
}
