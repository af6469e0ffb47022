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

// Kernel is the packet filter: nft.Table, or a test's.
type Kernel interface {
	Apply(ctx context.Context, ruleset policy.Ruleset) (changed bool, err error)
	Verify(ctx context.Context) (intact bool, err error)
	// Forget has flows from and to the addresses judged anew, though they are under way: they were another pod's.
	Forget(ctx context.Context, addresses []netip.Addr) error
}

// Times of the loop.
const (
	// Changes come in swarms (a rollout); one transaction serves all that come within this time.
	gather = 50 * time.Millisecond
	// How often the table is looked after, though nothing changed: somebody may have flushed it.
	inspect = 30 * time.Second
	// Longest that the kernel may take: nft that hangs is ended, so that the next try is made and health says so.
	longestApply = 10 * time.Second
	// Between tries when nft fails.
	firstRetry, lastRetry = 100 * time.Millisecond, 5 * time.Second
)

// Loop applies what the source says whenever it changed.
type Loop struct {
	kernel  Kernel
	source  func() (policy.Snapshot, error)
	changed chan struct{}
	waiting chan waiter
	health  *Health
}

// A waiter is a pod that may start once it is in the rules.
type waiter struct {
	pod  types.UID
	done chan struct{}
	// Of who waits: over when the kubelet was told to try again.
	context context.Context
}

// NewLoop makes a loop. Changed tells it when to look at the source.
func NewLoop(kernel Kernel, source func() (policy.Snapshot, error), health *Health) *Loop {
	return &Loop{kernel: kernel, source: source, changed: make(chan struct{}, 1), waiting: make(chan waiter), health: health}
}

// Changed says that the source may have changed. It never waits.
func (l *Loop) Changed() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// Await returns when rules are in force that know the pod with its address, at once rather than with the next swarm.
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

// Run works until the context ends. `applied` is called after each time that the kernel's rules are what they should be.
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
			slog.Error("the rules could not be applied; those of before stay", "error", err, "again in", retry)
			again, retry = time.After(retry), min(2*retry, lastRetry)
			continue
		}
		again, retry = nil, firstRetry
	}
}

// others gives who else is waiting by now: pods that start together are served by one transaction.
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

// gather waits for the rest of a swarm, but not when a pod is waiting to start.
func (l *Loop) gather(ctx context.Context) []waiter {
	select {
	case <-ctx.Done():
	case <-time.After(gather):
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
		slog.Error("the table could not be inspected", "error", err)
	}
	if !intact {
		slog.Warn("the table is not as it was left; it is made anew")
	}
	return intact
}

// release lets those go whose pod is known with its address, and gives the others back; all of them when flows that may be of
// an address's earlier pod cannot be ended.
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
