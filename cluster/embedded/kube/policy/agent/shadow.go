package agent

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"careplane.dev/cluster/policy"
	"careplane.dev/cluster/policy/nft"
)

// Line is one kind of flow that a policy in shadow mode would block, as text.
type Line struct {
	Policy policy.Ref
	Note   string
}

// Recorder records an occurrence of a line.
type Recorder interface {
	Record(ctx context.Context, line Line, at time.Time) error
}

// Shadow turns flows of the would-block sets into lines and records each at most once a minute. Update may run
// concurrently with Report; Report itself may not.
type Shadow struct {
	recorder Recorder
	// Guards the ruleset and the names. Never held during a call of the recorder.
	lock    sync.Mutex
	ruleset policy.Ruleset
	// Workload names by address. Names of deleted pods stay until the address is reused: a flow may be read after its
	// pod has ended.
	names map[netip.Addr]string

	recorded map[Line]time.Time
	// Recorded lines of each policy; saidFull: a warning about the limit was logged.
	counts   map[policy.Ref]int
	saidFull map[policy.Ref]bool
	// When each policy's heartbeat was last recorded.
	heartbeats map[policy.Ref]time.Time
}

// Limit for each policy: a port scan must neither create thousands of events nor hide other policies.
const mostLines = 64

// Minimum time between two events of a line.
const minimumInterval = time.Minute

// Observing is the note of a heartbeat: the policy is evaluated. Events expire after an hour.
const Observing = "watches what this policy would block"

const heartbeatInterval = 10 * time.Minute

// NewShadow returns an empty Shadow.
func NewShadow(recorder Recorder) *Shadow {
	return &Shadow{
		recorder:   recorder,
		names:      map[netip.Addr]string{},
		recorded:   map[Line]time.Time{},
		counts:     map[policy.Ref]int{},
		saidFull:   map[policy.Ref]bool{},
		heartbeats: map[policy.Ref]time.Time{},
	}
}

// Update takes the rules in force and the current pods.
func (s *Shadow) Update(ruleset policy.Ruleset, pods []policy.Pod) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.ruleset = ruleset
	for address, pod := range policy.Holders(pods) {
		s.names[address] = pod.Namespace + "/" + pod.Workload
	}
}

// HasWork tells whether a policy is in shadow mode.
func (s *Shadow) HasWork() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.ruleset.HasShadow()
}

// Report records the lines that are due of the flows of the last minute.
func (s *Shadow) Report(ctx context.Context, flows []nft.WouldBlock, now time.Time) {
	for line, at := range s.recorded {
		// The line's event has expired: its count begins again.
		if now.Sub(at) > time.Hour {
			delete(s.recorded, line)
			s.counts[line.Policy]--
		}
	}
	for _, line := range s.lines(flows) {
		s.record(ctx, line, now)
	}
}

func (s *Shadow) record(ctx context.Context, line Line, now time.Time) {
	at, known := s.recorded[line]
	if known && now.Sub(at) < minimumInterval {
		return
	}
	if !known && s.counts[line.Policy] >= mostLines {
		if !s.saidFull[line.Policy] {
			slog.Warn("a shadow policy would block more than is reported", "policy", line.Policy, "note", line.Note, "limit", mostLines)
		}
		s.saidFull[line.Policy] = true
		return
	}
	if err := s.recorder.Record(ctx, line, now); err != nil {
		slog.Error("cannot record what a shadow policy would block", "policy", line.Policy, "note", line.Note, "error", err)
		return
	}
	s.recorded[line] = now
	if !known {
		s.counts[line.Policy]++
	}
}

// Heartbeat records every few minutes that each policy in shadow mode is evaluated, so that silence is meaningful.
func (s *Shadow) Heartbeat(ctx context.Context, now time.Time) {
	watched := s.policies()
	for ref := range s.heartbeats {
		if !watched[ref] {
			delete(s.heartbeats, ref)
		}
	}
	for ref := range watched {
		if at, known := s.heartbeats[ref]; known && now.Sub(at) < heartbeatInterval {
			continue
		}
		if err := s.recorder.Record(ctx, Line{ref, Observing}, now); err != nil {
			slog.Error("cannot record the heartbeat of a shadow policy", "policy", ref, "error", err)
			continue
		}
		s.heartbeats[ref] = now
	}
}

// policies returns the policies in shadow mode that select a pod.
func (s *Shadow) policies() map[policy.Ref]bool {
	found := map[policy.Ref]bool{}
	for _, chains := range s.ruleset.Shadow {
		for _, chain := range chains {
			for _, ref := range s.ruleset.Chains[chain].Policies {
				found[ref] = true
			}
		}
	}
	return found
}

// lines returns a line for each flow and each policy that would block it.
func (s *Shadow) lines(flows []nft.WouldBlock) []Line {
	s.lock.Lock()
	defer s.lock.Unlock()
	var lines []Line
	for _, flow := range flows {
		lines = append(lines, s.linesOf(flow)...)
	}
	return lines
}

func (s *Shadow) linesOf(flow nft.WouldBlock) []Line {
	subject, peer, word := flow.To, flow.From, "from"
	if flow.Direction == policy.Egress {
		subject, peer, word = flow.From, flow.To, "to"
	}
	note := fmt.Sprintf("%s %s %s %s %d", flow.Direction, word, s.name(peer), strings.ToUpper(string(flow.Protocol)), flow.Port)
	var lines []Line
	for _, ref := range s.ruleset.Chains[s.ruleset.Shadow[flow.Direction][subject]].Policies {
		lines = append(lines, Line{ref, note})
	}
	return lines
}

func (s *Shadow) name(address netip.Addr) string {
	if name, known := s.names[address]; known {
		return name
	}
	return address.String()
}
