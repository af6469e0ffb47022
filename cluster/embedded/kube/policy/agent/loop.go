package agent

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"careplane.dev/cluster/policy"
)

// Kernel is the packet filter: nft.Table, or a test double.
type Kernel interface {
	Apply(ctx context.Context, ruleset policy.Ruleset) (changed bool, err error)
	Verify(ctx context.Context) (intact bool, err error)
	// Forget removes tracked connections of the addresses, so that a reused address does not inherit them.
	Forget(ctx context.Context, addresses []netip.Addr) error
}

// Times of the loop.
const (
	// A rollout causes a burst of changes: one transaction serves all within this time.
	burst = 50 * time.Millisecond
	// How often the table is verified without a change: another program may have flushed it.
	inspect = 30 * time.Second
	// Timeout of nft: a call that hangs is ended, retried and reported by health.
	longestApply = 10 * time.Second
	// Delay between retries when nft fails.
	firstRetry, lastRetry = 100 * time.Millisecond, 5 * time.Second
)

// Loop applies the source's snapshot whenever it has changed.
type Loop struct {
	kernel  Kernel
	source  func() (policy.Snapshot, error)
	changed chan struct{}
	waiting chan waiter
	health  *Health
}

// A waiter is a pod that starts when the rules contain it.
type waiter struct {
	pod  types.UID
	done chan struct{}
	// The caller's: it ends when the kubelet is told to retry.
	context context.Context
}

// NewLoop makes a loop. Call Changed when the source may have changed.
func NewLoop(kernel Kernel, source func() (policy.Snapshot, error), health *Health) *Loop {
	return &Loop{kernel: kernel, source: source, changed: make(chan struct{}, 1), waiting: make(chan waiter), health: health}
}

// Changed says that the source may have changed. It never blocks.
func (l *Loop) Changed() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// Await returns when the rules in force contain the pod and its address. It does not wait for the end of a burst.
func (l *Loop) Await(ctx context.Context, pod types.UID) error {
	one := waiter{pod, make(chan struct{}), ctx}
	select {
	case l.waiting <- one:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-one.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("pod %s is not in the rules yet: %w", pod, ctx.Err())
	}
}

// Run works until the context ends. It calls `applied` each time the kernel's rules match the snapshot.
func (l *Loop) Run(ctx context.Context, applied func(policy.Ruleset, []policy.Pod)) {
	inspection := time.NewTicker(inspect)
	defer inspection.Stop()
	var waiters []waiter
	retry := firstRetry
	var again <-chan time.Time
	l.Changed()
	for {
		select {
		case <-ctx.Done():
			return
		case <-inspection.C:
			if l.intact(ctx) {
				continue
			}
		case <-l.changed:
			waiters = append(waiters, l.gather(ctx)...)
		case one := <-l.waiting:
			waiters = append(waiters, one)
		case <-again:
		}
		waiters = append(waiters, l.others()...)
		ruleset, pods, err := l.apply(ctx)
		if err == nil {
			applied(ruleset, pods)
			waiters, err = l.release(ctx, waiters, pods)
		}
		if err != nil {
			slog.Error("cannot apply the rules; the previous rules stay in force", "error", err, "again in", retry)
			again, retry = time.After(retry), min(2*retry, lastRetry)
			continue
		}
		again, retry = nil, firstRetry
	}
}

// others returns the pods that wait by now: one transaction serves pods that start together.
func (l *Loop) others() []waiter {
	var waiters []waiter
	for {
		select {
		case one := <-l.waiting:
			waiters = append(waiters, one)
		default:
			return waiters
		}
	}
}

// gather waits for the rest of a burst, unless a pod waits to start.
func (l *Loop) gather(ctx context.Context) []waiter {
	select {
	case <-ctx.Done():
	case <-time.After(burst):
	case one := <-l.waiting:
		return []waiter{one}
	}
	return nil
}

func (l *Loop) apply(ctx context.Context) (policy.Ruleset, []policy.Pod, error) {
	began := time.Now()
	snapshot, err := l.source()
	if err != nil {
		return policy.Ruleset{}, nil, l.health.failed(err)
	}
	ruleset := policy.Compile(snapshot)
	ctx, stop := context.WithTimeout(ctx, longestApply)
	defer stop()
	changed, err := l.kernel.Apply(ctx, ruleset)
	if err != nil {
		return ruleset, nil, l.health.failed(err)
	}
	l.health.applied(ruleset, changed, time.Since(began))
	return ruleset, snapshot.Pods, nil
}

func (l *Loop) intact(ctx context.Context) bool {
	ctx, stop := context.WithTimeout(ctx, longestApply)
	defer stop()
	intact, err := l.kernel.Verify(ctx)
	if err != nil {
		slog.Error("cannot verify the table", "error", err)
	}
	if !intact {
		slog.Warn("another program changed the table; it is replaced")
	}
	return intact
}

// release lets the waiters go whose pod and address are in the rules, and returns the others. It returns all of them
// when tracked connections of an address's former pod cannot be removed.
func (l *Loop) release(ctx context.Context, waiters []waiter, pods []policy.Pod) ([]waiter, error) {
	addresses := make(map[types.UID]netip.Addr, len(pods))
	for _, pod := range pods {
		addresses[pod.UID] = pod.Address
	}
	var known, left []waiter
	var taken []netip.Addr
	for _, one := range waiters {
		if one.context.Err() != nil {
			continue
		}
		if address := addresses[one.pod]; address.IsValid() {
			known, taken = append(known, one), append(taken, address)
		} else {
			left = append(left, one)
		}
	}
	if len(known) == 0 {
		return left, nil
	}
	if err := l.kernel.Forget(ctx, taken); err != nil {
		return append(left, known...), l.health.failed(err)
	}
	for _, one := range known {
		close(one.done)
	}
	return left, nil
}
