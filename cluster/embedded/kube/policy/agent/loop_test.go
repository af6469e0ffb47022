package agent

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"careplane.dev/cluster/policy"
	"careplane.dev/cluster/policy/policytest"
)

// slowKernel takes a fixed time for each transaction.
type slowKernel struct {
	kernelDouble
	takes time.Duration
}

func (k *slowKernel) Apply(ctx context.Context, ruleset policy.Ruleset) (bool, error) {
	select {
	case <-time.After(k.takes):
		return k.kernelDouble.Apply(ctx, ruleset)
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// inLoop runs a test in a synctest bubble, beside a loop whose first rules are in force.
func inLoop(t *testing.T, kernel Kernel, source *world, test func(t *testing.T, loop *Loop, health *Health)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		health := &Health{}
		loop := NewLoop(kernel, source.read, health)
		first := make(chan struct{}, 1)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go loop.Run(ctx, func(policy.Ruleset, []policy.Pod) {
			select {
			case first <- struct{}{}:
			default:
			}
		})
		<-first
		test(t, loop, health)
	})
}

func TestPodsThatStartTogetherShareOneTransaction(t *testing.T) {
	const takes = 200 * time.Millisecond
	source := &world{snapshot: policytest.World()}
	var pods []types.UID
	for i := range 100 {
		pods = append(pods, types.UID(fmt.Sprint("uid-", i)))
		source.add(policy.Pod{Namespace: "x", UID: pods[i], Address: netip.AddrFrom4([4]byte{10, 66, 1, byte(i)})})
	}
	inLoop(t, &slowKernel{takes: takes}, source, func(t *testing.T, loop *Loop, _ *Health) {
		began := time.Now()
		done := make(chan error)
		for _, pod := range pods {
			go func() { done <- loop.Await(t.Context(), pod) }()
		}
		for range pods {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		// One that is under way when the pods come, and one for all of them.
		if took := time.Since(began); took > 2*takes+burst {
			t.Errorf("%d pods waited %s for transactions of %s", len(pods), took, takes)
		}
	})
}

func TestAHangingNftIsEndedAndRetried(t *testing.T) {
	kernel := &slowKernel{}
	inLoop(t, kernel, &world{snapshot: policytest.World()}, func(t *testing.T, loop *Loop, health *Health) {
		kernel.takes = 24 * time.Hour
		loop.Changed()
		time.Sleep(longestApply + time.Second)
		synctest.Wait()
		health.lock.Lock()
		defer health.lock.Unlock()
		if health.state.Healthy || health.state.Failed != 1 {
			t.Errorf("%+v", health.state)
		}
	})
}

func TestAReusedAddressDoesNotInheritTrackedConnections(t *testing.T) {
	kernel := &kernelDouble{}
	source := &world{snapshot: policytest.World()}
	address := netip.MustParseAddr("10.66.0.99")
	inLoop(t, kernel, source, func(t *testing.T, loop *Loop, _ *Health) {
		source.add(policy.Pod{Namespace: "x", Name: "new", UID: "uid-new", Address: address})
		kernel.forgetFailures = 1
		if err := loop.Await(t.Context(), "uid-new"); err != nil {
			t.Fatal(err)
		}
		kernel.lock.Lock()
		defer kernel.lock.Unlock()
		// The first call fails: the pod waits for the second.
		if want := []netip.Addr{address, address}; !slices.Equal(kernel.forgot, want) {
			t.Errorf("%v", kernel.forgot)
		}
		if last := kernel.applied[len(kernel.applied)-1]; !slices.Contains(last.Pods, address) {
			t.Error("connections were removed before the rules contained the pod")
		}
	})
}
