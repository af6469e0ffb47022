package kernel

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"careplane.dev/cluster/policy"
	"careplane.dev/cluster/policy/agent"
	"careplane.dev/cluster/policy/claims"
	"careplane.dev/cluster/policy/flows"
	"careplane.dev/cluster/policy/nft"
	"careplane.dev/cluster/policy/policytest"
)

// inNode is the packet filter of the lab's node, for a loop in another namespace.
type inNode struct {
	l     *lab
	table *nft.Table
}

func (n inNode) Apply(ctx context.Context, ruleset policy.Ruleset) (changed bool, err error) {
	n.l.in(n.l.node, func() error {
		changed, err = n.table.Apply(ctx, ruleset)
		return nil
	})
	return changed, err
}

func (n inNode) Verify(ctx context.Context) (intact bool, err error) {
	n.l.in(n.l.node, func() error {
		intact, err = n.table.Verify(ctx)
		return nil
	})
	return intact, err
}

func (n inNode) Forget(_ context.Context, addresses []netip.Addr) (err error) {
	n.l.in(n.l.node, func() error {
		err = flows.Forget(addresses)
		return nil
	})
	return err
}

// largeCluster is a cluster of ten namespaces with pods and policies, beside the world's.
func largeCluster(pods, policies int) policy.Snapshot {
	snapshot := policytest.World()
	for i := range pods {
		namespace := fmt.Sprint("crowd-", i%10)
		snapshot.Namespaces[namespace] = labels.Set{"crowd": "yes"}
		snapshot.Pods = append(snapshot.Pods, policy.Pod{
			Namespace: namespace, Name: fmt.Sprint("pod-", i), UID: types.UID(fmt.Sprint("uid-", i)),
			Labels:  labels.Set{"app": fmt.Sprint("app-", i%50)},
			Address: netip.AddrFrom4([4]byte{10, 66, byte(8 + i/250), byte(i % 250)}),
		})
	}
	for i := range policies {
		snapshot.Policies = append(snapshot.Policies, policytest.Policies(fmt.Sprintf(`
metadata: {namespace: crowd-%d, name: policy-%d}
spec:
  podSelector: {matchLabels: {app: app-%d}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{podSelector: {matchLabels: {app: app-%d}}}, {namespaceSelector: {matchLabels: {ns: x}}}], ports: [{port: %d}]}]
  egress: [{to: [{namespaceSelector: {}, podSelector: {matchLabels: {app: app-%d}}}]}]
`, i%10, i, i%50, (i+1)%50, 1000+i, (i+2)%50))...)
	}
	return snapshot
}

// All pods of the world start at once in a cluster larger than one node holds. Each waits for the rules, as with
// policy-cni.
func TestAPodsPoliciesAreInForceWithinASecond(t *testing.T) {
	l := newLab(t)
	folder := claims.Folder(t.TempDir())
	snapshot := largeCluster(500, 200)
	snapshot.Policies = append(snapshot.Policies, policytest.Policies(`
metadata: {namespace: x, name: from-y}
spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: "y"}}}], ports: [{port: 80}]}]}
`)...)
	starting := policytest.World().Pods
	for i := range starting {
		snapshot.Pods[i].Address = netip.Addr{}
	}
	source := func() (policy.Snapshot, error) {
		byPod, err := folder.ByPod()
		now := snapshot
		now.Pods = slices.Clone(snapshot.Pods)
		for i := range now.Pods {
			if claim, found := byPod[now.Pods[i].UID]; found {
				now.Pods[i].Address, now.Pods[i].Claimed = claim.Address, claim.Since
			}
		}
		return now, err
	}
	loop := agent.NewLoop(inNode{l, l.open()}, source, &agent.Health{})
	running, first := make(chan struct{}), make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	begun := sync.OnceFunc(func() { close(first) })
	go func() {
		loop.Run(ctx, func(policy.Ruleset, []policy.Pod) { begun() })
		close(running)
	}()
	<-first

	var all sync.WaitGroup
	for _, pod := range starting {
		all.Go(func() {
			began := time.Now()
			claim := claims.Claim{Container: string(pod.UID), Pod: pod.UID, Address: pod.Address, Since: began}
			if err := folder.Write(claim); err != nil {
				t.Error(err)
			}
			if err := loop.Await(ctx, pod.UID); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("%s waited %s", policytest.PodName(pod), took)
			}
		})
	}
	all.Wait()
	stop()
	<-running
	want := policytest.ParseTable(`
any -> x/* no
y/* -> x/*:80/tcp yes`)
	l.expect("when the pods start", policytest.Flows(), want.Allows)
}

// An address is reused while other pods still send to its former pod.
func TestAReusedAddressIsNotReachedByEarlierFlows(t *testing.T) {
	l := newLab(t)
	l.nft("add table ip services; " +
		"add chain ip services prerouting { type nat hook prerouting priority dstnat; }; " +
		"add rule ip services prerouting ip daddr 10.68.0.1 udp dport 80 dnat to 10.66.0.1:80")
	snapshot := policytest.World()
	table := l.open()
	l.apply(table, snapshot)
	reused, kept, caller := snapshot.Pods[0].Address, snapshot.Pods[1].Address, snapshot.Pods[3].Address
	direct, byService, other := l.flowTo(caller, reused), l.flowTo(caller, netip.MustParseAddr("10.68.0.1")), l.flowTo(caller, kept)
	for _, socket := range []int{direct, byService, other} {
		if !l.isAnswered(socket, timeout) {
			t.Fatal("no answer before there are policies")
		}
	}
	snapshot.Policies = policytest.Policies(`
metadata: {namespace: x, name: deny}
spec: {podSelector: {}, policyTypes: [Ingress]}
`)
	l.apply(table, snapshot)
	if !l.isAnswered(direct, timeout) || !l.isAnswered(byService, timeout) {
		t.Fatal("a policy ended an established flow, so the test proves nothing")
	}

	l.in(l.node, func() error { return flows.Forget([]netip.Addr{reused}) })
	if l.isAnswered(direct, 10*grace) || l.isAnswered(byService, 10*grace) {
		t.Error("a flow to the former pod of the address reaches the new pod, against its policies")
	}
	if !l.isAnswered(other, timeout) {
		t.Error("a flow between other pods was ended")
	}
}

// flowTo opens a UDP socket from a pod to an address: all its datagrams belong to one flow.
func (l *lab) flowTo(from, to netip.Addr) (fd int) {
	l.Helper()
	l.in(l.at[from], func() (err error) {
		if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return err
		}
		return unix.Connect(fd, &unix.SockaddrInet4{Port: 80, Addr: to.As4()})
	})
	l.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

func (l *lab) isAnswered(socket int, within time.Duration) bool {
	l.Helper()
	_, err := unix.Write(socket, []byte("hello"))
	l.must(err)
	polled := []unix.PollFd{{Fd: int32(socket), Events: unix.POLLIN}}
	for deadline := time.Now().Add(within); ; {
		n, err := unix.Poll(polled, int(max(0, time.Until(deadline)).Milliseconds()))
		if err == unix.EINTR {
			continue
		}
		l.must(err)
		if n == 0 {
			return false
		}
		_, err = unix.Read(socket, make([]byte, 64))
		l.must(err)
		return true
	}
}
