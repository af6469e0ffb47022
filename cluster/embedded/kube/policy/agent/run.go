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

// Settings are where the agent finds what it needs.
type Settings struct {
	Client kubernetes.Interface
	// Node's name, for events.
	Node string
	// Socket that the agent answers on. It is there only while rules are in force: the kubelet starts no pod before.
	Socket string
	Claims claims.Folder
}

// How often the packet path's notebook is read, while anything is in shadow.
const readNotebook = time.Second

// Run is the agent. It ends with its context, or when it cannot begin.
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
	reporter := &reporter{notebook: kernel, shadow: NewShadow(Events{settings.Client, settings.Node})}
	serving := make(chan error, 1)
	serve := sync.OnceFunc(func() {
		slog.Info("the policies are in force")
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
		reporter.shadow.Know(ruleset, pods)
	})
	return reasonToEnd(asked, ctx)
}

// reasonToEnd is an error when nobody asked for the end: a signal, which since Go 1.26 is a cause of its own, is none.
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

func (l *locked) Noted(ctx context.Context) ([]nft.Noted, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.table.Noted(ctx)
}

func (l *locked) Forget(_ context.Context, addresses []netip.Addr) error {
	return flows.Forget(addresses)
}

// reporter reads the notebook beside the loop: the API server's answer to an event must not hold up rules.
type reporter struct {
	notebook interface {
		Noted(ctx context.Context) ([]nft.Noted, error)
	}
	shadow *Shadow
}

func (r *reporter) run(ctx context.Context) {
	tick := time.NewTicker(readNotebook)
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
	noted, err := r.notebook.Noted(ctx)
	if err != nil {
		slog.Error("what shadows would block could not be read", "error", err)
		return
	}
	r.shadow.Report(ctx, noted, now)
	r.shadow.Beat(ctx, now)
}
