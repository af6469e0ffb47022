package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
)

const (
	// probe is the interval of reading the API server's counters until it settles.
	probe = 5 * time.Second
	// quietProbes without a write in a row mean that it has settled.
	quietProbes = 2
	// changeLimit is the timeout of one change.
	changeLimit = 60 * time.Second
)

type measurement struct {
	plan     *Plan
	typed    *kubernetes.Clientset
	resource dynamic.NamespaceableResourceInterface
	watcher  *watcher
	result   Result
}

func (m *measurement) run(ctx context.Context) error {
	m.result.N = m.plan.N
	for _, phase := range []func(context.Context) error{m.converge, m.settle, m.rest, m.change} {
		if err := phase(ctx); err != nil {
			return err
		}
	}
	m.result.Events = m.watcher.count.Load()
	return m.remember(&m.result.RSSPeak, "VmHWM")
}

// converge creates all resources and waits until each is Ready in its own generation.
func (m *measurement) converge(ctx context.Context) error {
	if err := m.remember(&m.result.RSSBefore, "VmRSS"); err != nil {
		return err
	}
	operator, parts, err := m.cpu()
	if err != nil {
		return err
	}
	begun := time.Now()
	m.result.Marks.Begun = begun
	created := make(chan error, 1)
	go func() { created <- m.create(ctx) }()
	ready := map[string]bool{}
	limit := time.After(seconds(m.plan.ReadyLimit))
	isCreated, isLate := false, false
	for (len(ready) < m.plan.N || !isCreated) && !isLate {
		select {
		case event := <-m.watcher.events:
			if event.ready && event.observed == event.generation && !ready[event.key] {
				ready[event.key] = true
				m.result.AllReady = event.at.Sub(begun).Seconds()
				m.result.Marks.Ready = event.at
				if len(ready) == 1 {
					m.result.FirstReady = m.result.AllReady
				}
			}
		case err := <-created:
			if err != nil {
				return err
			}
			isCreated = true
			m.result.CreatedIn = time.Since(begun).Seconds()
		case err := <-m.watcher.ended:
			return err
		case <-limit:
			isLate = true
			m.result.Marks.Ready = time.Now()
		}
	}
	m.result.Ready = len(ready)
	operatorNow, partsNow, err := m.cpu()
	if err != nil {
		return err
	}
	m.result.CPUToReady = operatorNow - operator
	m.result.CPU = map[string]float64{}
	for name, before := range parts {
		m.result.CPU[name] = partsNow[name] - before
	}
	fmt.Fprintf(os.Stderr, "%d of %d ready after %.1f s\n", m.result.Ready, m.plan.N, m.result.AllReady)
	return m.remember(&m.result.RSSReady, "VmRSS")
}

func (m *measurement) create(ctx context.Context) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	failed := make(chan error, m.plan.Workers)
	for range m.plan.Workers {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < m.plan.N; i = int(next.Add(1)) - 1 {
				object := m.plan.object(i)
				if _, err := m.resource.Namespace(object.GetNamespace()).Create(ctx, object, metav1.CreateOptions{}); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	workers.Wait()
	close(failed)
	return <-failed
}

// settle waits until no client writes, apart from leases.
func (m *measurement) settle(ctx context.Context) error {
	begun := time.Now()
	before, _, err := m.cpu()
	if err != nil {
		return err
	}
	writes, err := writesOf(ctx, m.typed)
	if err != nil {
		return err
	}
	for quiet := 0; quiet < quietProbes && time.Since(begun) < seconds(m.plan.SettleLimit); {
		time.Sleep(probe)
		now, err := writesOf(ctx, m.typed)
		if err != nil {
			return err
		}
		quiet++
		if now != writes {
			quiet = 0
		}
		writes = now
		m.result.IsSettled = quiet == quietProbes
	}
	m.result.SettledIn = time.Since(begun).Seconds()
	m.result.Marks.Settled = time.Now()
	after, _, err := m.cpu()
	m.result.CPUToSettled = m.result.CPUToReady + after - before
	fmt.Fprintf(os.Stderr, "settled: %t after %.0f s more\n", m.result.IsSettled, m.result.SettledIn)
	return err
}

func (m *measurement) rest(_ context.Context) error {
	before, _, err := m.cpu()
	if err != nil {
		return err
	}
	time.Sleep(seconds(m.plan.Rest))
	after, _, err := m.cpu()
	if err != nil {
		return err
	}
	m.result.RestSeconds = m.plan.Rest
	m.result.CPUAtRest = after - before
	m.result.Marks.Rested = time.Now()
	return m.remember(&m.result.RSSRest, "VmRSS")
}

// change changes resources one after another, a different one each time, and waits for their observedGeneration.
func (m *measurement) change(ctx context.Context) error {
	before, _, err := m.cpu()
	if err != nil {
		return err
	}
	m.watcher.drain()
	begun := time.Now()
	for round := 0; round < m.plan.Changes && time.Since(begun) < seconds(m.plan.ChangesLimit); round++ {
		latency, err := m.changeOne(ctx, round)
		if err != nil {
			return err
		}
		if latency < 0 {
			m.result.Unanswered++
			break
		}
		m.result.Changes = append(m.result.Changes, latency)
	}
	m.result.Marks.Finished = time.Now()
	after, _, err := m.cpu()
	m.result.CPUOfChanges = after - before
	return err
}

// changeOne is the time in milliseconds from the change to its observedGeneration; negative when it timed out.
func (m *measurement) changeOne(ctx context.Context, round int) (float64, error) {
	i := (round*7919 + m.plan.N/2) % m.plan.N
	patch, err := m.plan.patch(round)
	if err != nil {
		return 0, err
	}
	key := m.plan.namespace(i) + "/" + m.plan.name(i)
	sent := time.Now()
	object, err := m.resource.Namespace(m.plan.namespace(i)).Patch(ctx, m.plan.name(i), types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return 0, err
	}
	limit := time.After(changeLimit)
	for {
		select {
		case event := <-m.watcher.events:
			if event.key == key && event.observed >= object.GetGeneration() {
				return event.at.Sub(sent).Seconds() * 1000, nil
			}
		case err := <-m.watcher.ended:
			return 0, err
		case <-limit:
			return -1, nil
		}
	}
}

// cpu is the CPU time of the operator, and of the other processes.
func (m *measurement) cpu() (float64, map[string]float64, error) {
	operator, err := cpuOf(m.plan.OperatorPID)
	if err != nil {
		return 0, nil, err
	}
	parts := map[string]float64{}
	for name, pid := range m.plan.PIDs {
		if parts[name], err = cpuOf(pid); err != nil {
			return 0, nil, err
		}
	}
	parts["harness"], err = cpuOf(os.Getpid())
	return operator, parts, err
}

func (m *measurement) remember(field *float64, key string) (err error) {
	*field, err = memoryOf(m.plan.OperatorPID, key)
	return err
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
