package agent

import (
	"context"
	"testing"
	"time"

	"careplane.dev/cluster/policy"
	"careplane.dev/cluster/policy/nft"
)

type wouldBlockDouble []nft.WouldBlock

func (n wouldBlockDouble) WouldBlock(context.Context) ([]nft.WouldBlock, error) { return n, nil }

// slowRecorder is an API server that does not answer.
type slowRecorder struct{ asked chan Line }

func (r slowRecorder) Record(ctx context.Context, line Line, _ time.Time) error {
	r.asked <- line
	<-ctx.Done()
	return ctx.Err()
}

func TestAnAPIServerThatRejectsEventsDoesNotDelayRules(t *testing.T) {
	shadow, _ := shadowed(t)
	recorder := slowRecorder{make(chan Line)}
	shadow.recorder = recorder
	reporter := &reporter{sets: wouldBlockDouble{flow(policy.Ingress, "10.66.0.5", "10.66.0.1")}, shadow: shadow}
	go reporter.report(t.Context(), time.Unix(0, 0))
	<-recorder.asked
	// As the loop does after each change.
	known := make(chan struct{})
	go func() {
		shadow.Update(policy.Ruleset{}, nil)
		close(known)
	}()
	select {
	case <-known:
	case <-time.After(10 * time.Second):
		t.Error("the loop waits for the API server")
	}
}
