package kernel

import (
	"context"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"slices"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"

	"careplane.dev/cluster/policy"
	"careplane.dev/cluster/policy/nft"
	"careplane.dev/cluster/policy/oracle"
	"careplane.dev/cluster/policy/policytest"
)

func protocolOf(flow oracle.Flow) policy.Protocol {
	return policy.Protocol(strings.ToLower(string(flow.Protocol)))
}

var stamps = regexp.MustCompile(`((?:pods|port|ingress|egress)-\S*)\.[0-9]+`)

// sortedLines makes listings comparable: nft lists sets and chains in order of creation, and set members in hash order.
// The stamps in names tell only how often the table was replaced.
func sortedLines(listing string) string {
	listing = strings.NewReplacer("elements = { ", "\n", ",", "\n", " }", "\n", "\t", "").Replace(listing)
	lines := strings.Split(listing, "\n")
	for i := range lines {
		lines[i] = stamps.ReplaceAllString(strings.TrimSpace(lines[i]), "$1")
	}
	slices.Sort(lines)
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

func TestEgressToAServiceIsDecidedByItsEndpoint(t *testing.T) {
	l := newLab(t)
	services := []netip.Addr{netip.MustParseAddr("10.68.0.1"), netip.MustParseAddr("10.68.0.2"), netip.MustParseAddr("10.68.0.3")}
	// As kube-proxy does: DNAT for Services, and SNAT where a pod would meet itself.
	l.nft("add table ip services; " +
		"add chain ip services prerouting { type nat hook prerouting priority dstnat; }; " +
		"add chain ip services postrouting { type nat hook postrouting priority srcnat; }; " +
		"add rule ip services prerouting ip daddr 10.68.0.1 tcp dport 80 dnat to 10.66.0.2:81; " +
		"add rule ip services prerouting ip daddr 10.68.0.2 tcp dport 80 dnat to 10.66.0.3:81; " +
		"add rule ip services prerouting ip daddr 10.68.0.3 tcp dport 80 dnat to 10.66.0.1:81; " +
		"add rule ip services postrouting ip saddr 10.66.0.1 ip daddr 10.66.0.1 masquerade")
	snapshot := policytest.World()
	snapshot.Policies = policytest.Policies(`
metadata: {namespace: x, name: to-b}
spec:
  podSelector: {matchLabels: {pod: a}}
  policyTypes: [Egress, Ingress]
  egress: [{to: [{podSelector: {matchLabels: {pod: b}}}], ports: [{port: 81}]}]
`)
	l.apply(l.open(), snapshot)
	a := snapshot.Pods[0].Address
	var flows []oracle.Flow
	for _, service := range services {
		flows = append(flows, oracle.Flow{From: a, To: service, Protocol: corev1.ProtocolTCP, Port: 80})
	}
	l.expect("x/a to the Services of x/b, x/c and itself", flows, func(flow oracle.Flow) bool { return flow.To != services[1] })
}

func TestPodsCannotBypassPoliciesByIPv6(t *testing.T) {
	l := newLab(t)
	snapshot := policytest.World()
	a, b := snapshot.Pods[0].Address, snapshot.Pods[1].Address
	// Guards the test: without the table the pods reach each other by link-local addresses.
	if !l.connectsByIPv6(a, b, timeout) {
		t.Fatal("the pods have no IPv6, so the test proves nothing")
	}
	l.apply(l.open(), snapshot)
	if l.connectsByIPv6(a, b, 300*time.Millisecond) {
		t.Error("x/a reaches x/b by its link-local address")
	}
}

func (l *lab) connectsByIPv6(from, to netip.Addr, long time.Duration) bool {
	l.Helper()
	handle := l.handle(l.at[to])
	var target net.IP
	for deadline := time.Now().Add(timeout); target == nil && time.Now().Before(deadline); {
		list, err := handle.AddrList(l.link(handle, "eth0"), unix.AF_INET6)
		l.must(err)
		for _, address := range list {
			if address.Flags&unix.IFA_F_TENTATIVE == 0 {
				target = address.IP
			}
		}
	}
	connected := false
	l.in(l.at[from], func() error {
		dialer := net.Dialer{Timeout: long}
		address := net.TCPAddr{IP: target, Port: 80, Zone: "eth0"}
		for deadline := time.Now().Add(long); !connected && time.Now().Before(deadline); {
			connection, err := dialer.Dial("tcp6", address.String())
			if connected = err == nil; connected {
				_ = connection.Close()
			}
		}
		return nil
	})
	return connected
}

// Replaces the table continuously, as restarts of the agent do, while packets are sent to an isolated pod.
func TestARestartOpensNoGap(t *testing.T) {
	l := newLab(t)
	snapshot := policytest.World()
	snapshot.Policies = policytest.Policies(`
metadata: {namespace: x, name: deny}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Ingress]}
`)
	l.apply(l.open(), snapshot)
	victim, caller := snapshot.Pods[0].Address, snapshot.Pods[3].Address
	var caught, sent atomic.Int64
	done, stop := make(chan struct{}), make(chan struct{})
	go l.sendContinuously(caller, victim, stop, done, &sent, &caught)
	for range 100 {
		l.apply(l.open(), snapshot)
	}
	close(stop)
	<-done
	if sent.Load() < 1000 {
		t.Errorf("only %d packets were sent: too few for a proof", sent.Load())
	}
	if caught.Load() > 0 {
		t.Errorf("%d of %d packets got through", caught.Load(), sent.Load())
	}
}

// sendContinuously sends datagrams from changing source ports: each is a new flow.
func (l *lab) sendContinuously(from, to netip.Addr, stop, done chan struct{}, sent, caught *atomic.Int64) {
	defer close(done)
	var sockets []int
	l.in(l.at[from], func() error {
		for range 200 {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				return err
			}
			sockets = append(sockets, fd)
		}
		return nil
	})
	buffer := make([]byte, 8)
	for i := 0; ; i++ {
		select {
		case <-stop:
			for _, fd := range sockets {
				if n, _, err := unix.Recvfrom(fd, buffer, 0); err == nil && n > 0 {
					caught.Add(1)
				}
				_ = unix.Close(fd)
			}
			return
		default:
			target := &unix.SockaddrInet4{Port: 80, Addr: to.As4()}
			if err := unix.Sendto(sockets[i%len(sockets)], []byte("hello"), 0, target); err == nil {
				sent.Add(1)
			}
		}
	}
}

func TestAFullWouldBlockSetBlocksNothing(t *testing.T) {
	l := newLab(t)
	snapshot := policytest.World()
	snapshot.Policies = policytest.Policies(`
metadata: {namespace: x, name: quiet, annotations: {careplane.dev/shadow-spec: '{"podSelector":{"matchLabels":{"pod":"a"}},"policyTypes":["Ingress"]}'}}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Ingress], ingress: [{}]}
`)
	table := l.open()
	l.apply(table, snapshot)
	var full strings.Builder
	for i := range 4096 {
		full.WriteString("add element inet " + nft.TableName + " would-block-ingress { 192.0.2.1 . 192.0.2.2 . tcp . " + netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(i+1)).String()[8:] + " }\n")
	}
	l.nftScript(full.String())
	l.expect("x/a in shadow, its would-block set full", policytest.Flows(), func(oracle.Flow) bool { return true })
	l.in(l.node, func() error {
		found, err := table.WouldBlock(context.Background())
		if len(found) != 4096 {
			t.Errorf("%d flows in a set of 4096", len(found))
		}
		return err
	})
}
