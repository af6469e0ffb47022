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

// Line is one thing that a policy in shadow would block, as people read it.
type Line struct {
	Policy policy.Ref
	Note   string
}

// Recorder writes down that a line was seen (again).
type Recorder interface {
	Record(ctx context.Context, line Line, at time.Time) error
}

// Shadow turns what the packet path noted into lines, each recorded at most once a minute. What it knows may be changed while
// it records: only one at a time may call Report.
type Shadow struct {
	recorder Recorder
	// Of what it knows, and never held while anything is recorded.
	lock    sync.Mutex
	ruleset policy.Ruleset
	// What pods are called, by address: also those that are gone, until their address is another pod's. A flow may be read
	// after the pod that tried it has ended.
	names map[netip.Addr]string

	recorded map[Line]time.Time
	// Lines of each policy that are recorded; saidFull: said once that there are more.
	counts   map[policy.Ref]int
	saidFull map[policy.Ref]bool
	// When it was last said of a policy that it is watched.
	beaten map[policy.Ref]time.Time
}

// Of one policy: a scan of ports must not become thousands of objects in the API server, nor silence the other policies.
const mostLines = 64

// Each line's events are at least this far apart.
const apart = time.Minute

// Observing is the note that says that a policy is watched, whatever is seen. An event lives for an hour.
const Observing = "watches what this policy would block"

const beat = 10 * time.Minute

// NewShadow makes one that knows nothing yet.
func NewShadow(recorder Recorder) *Shadow {
	return &Shadow{
		recorder: recorder,
		names:    map[netip.Addr]string{},
		recorded: map[Line]time.Time{},
		counts:   map[policy.Ref]int{},
		saidFull: map[policy.Ref]bool{},
		beaten:   map[policy.Ref]time.Time{},
	}
}

// Know takes over the rules in force and the pods of the moment.
func (s *Shadow) Know(ruleset policy.Ruleset, pods []policy.Pod) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.ruleset = ruleset
	for address, pod := range policy.Holders(pods) {
		s.names[address] = pod.Namespace + "/" + pod.Workload
	}
}

// HasWork tells whether there is anything to look for.
func (s *Shadow) HasWork() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.ruleset.HasShadow()
}

// Report records the lines of the flows that were noted in the last minute, as far as they are due.
func (s *Shadow) Report(ctx context.Context, noted []nft.Noted, now time.Time) {
	for line, at := range s.recorded {
		// Longer ago than an event lives: the line begins anew.
		if now.Sub(at) > time.Hour {
			delete(s.recorded, line)
			s.counts[line.Policy]--
		}
	}
	for _, line := range s.lines(noted) {
		s.record(ctx, line, now)
	}
}

func (s *Shadow) record(ctx context.Context, line Line, now time.Time) {
	at, known := s.recorded[line]
	if known && now.Sub(at) < apart {
		return
	}
	if !known && s.counts[line.Policy] >= mostLines {
		if !s.saidFull[line.Policy] {
			slog.Warn("more would be blocked in shadow than is reported", "policy", line.Policy, "note", line.Note, "most", mostLines)
		}
		s.saidFull[line.Policy] = true
		return
	}
	if err := s.recorder.Record(ctx, line, now); err != nil {
		slog.Error("what a shadow would block could not be recorded", "policy", line.Policy, "note", line.Note, "error", err)
		return
	}
	s.recorded[line] = now
	if !known {
		s.counts[line.Policy]++
	}
}

// Beat says of each policy in shadow, every few minutes, that it is watched: that nothing was seen means nothing where nobody looks.
func (s *Shadow) Beat(ctx context.Context, now time.Time) {
	watched := s.policies()
	for ref := range s.beaten {
		if !watched[ref] {
			delete(s.beaten, ref)
		}
	}
	for ref := range watched {
		if at, known := s.beaten[ref]; known && now.Sub(at) < beat {
			continue
		}
		if err := s.recorder.Record(ctx, Line{ref, Observing}, now); err != nil {
			slog.Error("that a shadow is watched could not be recorded", "policy", ref, "error", err)
			continue
		}
		s.beaten[ref] = now
	}
}

// policies are those in shadow that select a pod.
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

// lines gives one for each flow and each policy that has to answer for it.
func (s *Shadow) lines(noted []nft.Noted) []Line {
	s.lock.Lock()
	defer s.lock.Unlock()
	var lines []Line
	for _, flow := range noted {
		lines = append(lines, s.linesOf(flow)...)
	}
	return lines
}

func (s *Shadow) linesOf(flow nft.Noted) []Line {
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
