package agent

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"k8s.io/client-go/kubernetes"

	"careplane.dev/cluster/policy"
	"careplane.dev/cluster/policy/claims"
	"careplane.dev/cluster/policy/flows"
	"careplane.dev/cluster/policy/nft"
)

// Settings are the agent's inputs.
type Settings struct {
	Client kubernetes.Interface
	// Node is the node's name, for events.
	Node string
	// Socket that the agent answers on. It exists only while rules are in force, so the kubelet starts no pod before.
	Socket string
	Claims claims.Folder
}

// How often the would-block sets are read while a policy is in shadow mode.
const readInterval = time.Second

// Run runs the agent until the context ends. It returns an error when the agent cannot start.
func Run(ctx context.Context, settings Settings) error {
	table, err := nft.Open()
	if err != nil {
		return err
	}
	health := &Health{}
	kernel := &locked{table: table}
	var cluster *Cluster
	loop := NewLoop(kernel, func() (policy.Snapshot, error) { return cluster.Snapshot(settings.Claims) }, health)
	if cluster, err = Watch(ctx, settings.Client, loop.Changed); err != nil {
		return fmt.Errorf("watching the API: %w", err)
	}
	reporter := &reporter{sets: kernel, shadow: NewShadow(Events{settings.Client, settings.Node})}
	serving := make(chan error, 1)
	serve := sync.OnceFunc(func() {
		slog.Info("the NetworkPolicies are in force")
		go func() { serving <- Serve(ctx, settings.Socket, loop, health) }()
	})
	go reporter.run(ctx)
	asked := ctx
	ctx, stop := context.WithCancelCause(asked)
	defer stop(nil)
	go func() {
		if err := <-serving; err != nil {
			stop(err)
		}
	}()
	loop.Run(ctx, func(ruleset policy.Ruleset, pods []policy.Pod) {
		serve()
		reporter.shadow.Update(ruleset, pods)
	})
	return reasonToEnd(asked, ctx)
}

// reasonToEnd is nil when the caller's context ended: since Go 1.26 a signal is a cancellation cause of its own.
func reasonToEnd(asked, ctx context.Context) error {
	if asked.Err() != nil {
		return nil
	}
	return context.Cause(ctx)
}

// locked lets the loop and the reporter share the table.
type locked struct {
	lock  sync.Mutex
	table *nft.Table
}

func (l *locked) Apply(ctx context.Context, ruleset policy.Ruleset) (bool, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.table.Apply(ctx, ruleset)
}

func (l *locked) Verify(ctx context.Context) (bool, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.table.Verify(ctx)
}

func (l *locked) WouldBlock(ctx context.Context) ([]nft.WouldBlock, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.table.WouldBlock(ctx)
}

func (l *locked) Forget(_ context.Context, addresses []netip.Addr) error {
	return flows.Forget(addresses)
}

// reporter runs beside the loop, so that a slow API server does not delay rules.
type reporter struct {
	sets interface {
		WouldBlock(ctx context.Context) ([]nft.WouldBlock, error)
	}
	shadow *Shadow
}

func (r *reporter) run(ctx context.Context) {
	tick := time.NewTicker(readInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			r.report(ctx, now)
		}
	}
}

func (r *reporter) report(ctx context.Context, now time.Time) {
	if !r.shadow.HasWork() {
		return
	}
	flows, err := r.sets.WouldBlock(ctx)
	if err != nil {
		slog.Error("cannot read the would-block sets", "error", err)
		return
	}
	r.shadow.Report(ctx, flows, now)
	r.shadow.Heartbeat(ctx, now)
}
