package kernel

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"

	"careplane.dev/cluster/policy/oracle"
	"careplane.dev/cluster/policy/policytest"
)

// An attempt is one flow whose packets may still arrive.
type attempt struct {
	flow oracle.Flow
	fd   int
	// Only for SCTP, which has no socket of its own.
	sctp    sctpPacket
	arrived bool
}

// Timeout of the flows that must arrive (a lost first packet is sent again after a second), and how long the test still
// waits for flows that must not arrive.
const (
	timeout = 5 * time.Second
	grace   = 30 * time.Millisecond
)

// expect attempts all flows at once and reports each with an unexpected result.
func (l *lab) expect(what string, flows []oracle.Flow, allowed func(oracle.Flow) bool) {
	l.Helper()
	// A reused source port must not match an earlier, established flow.
	_, err := l.handle(l.node).ConntrackDeleteFilters(netlink.ConntrackTable, unix.AF_INET, everyFlow{})
	l.must(err)
	attempts := l.start(flows)
	deadline := time.Now().Add(timeout)
	for !l.allArrived(attempts, allowed) && time.Now().Before(deadline) {
		l.wait(attempts, grace)
	}
	l.wait(attempts, grace)
	l.allArrived(attempts, allowed)
	wrong := 0
	for _, one := range attempts {
		if one.arrived != allowed(one.flow) {
			if wrong++; wrong <= 10 {
				l.Errorf("%s: %s: arrived: %t", what, policytest.Describe(one.flow), one.arrived)
			}
		}
		if one.fd >= 0 {
			_ = unix.Close(one.fd)
		}
	}
	if wrong > 10 {
		l.Errorf("%s: and %d more", what, wrong-10)
	}
}

type everyFlow struct{}

func (everyFlow) MatchConntrackFlow(*netlink.ConntrackFlow) bool { return true }

// start opens sockets and sends the first packets, without waiting.
func (l *lab) start(flows []oracle.Flow) []*attempt {
	l.Helper()
	byFrom := map[netip.Addr][]oracle.Flow{}
	for _, flow := range flows {
		byFrom[flow.From] = append(byFrom[flow.From], flow)
	}
	var attempts []*attempt
	for _, from := range l.addresses() {
		l.in(l.at[from], func() error {
			for _, flow := range byFrom[from] {
				one, err := l.startOne(flow)
				if err != nil {
					return fmt.Errorf("%s: %w", policytest.Describe(flow), err)
				}
				attempts = append(attempts, one)
			}
			return nil
		})
	}
	return attempts
}

func (l *lab) startOne(flow oracle.Flow) (*attempt, error) {
	to := &unix.SockaddrInet4{Port: int(flow.Port), Addr: flow.To.As4()}
	switch flow.Protocol {
	case corev1.ProtocolSCTP:
		return l.startSctp(flow)
	case corev1.ProtocolUDP:
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		if err := unix.Connect(fd, to); err != nil {
			return nil, err
		}
		_, err = unix.Write(fd, []byte("hello"))
		return &attempt{flow: flow, fd: fd}, err
	default:
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		if err := unix.Connect(fd, to); err != nil && err != unix.EINPROGRESS {
			return nil, err
		}
		return &attempt{flow: flow, fd: fd}, nil
	}
}

// Distinguishes the SCTP packets of different attempts.
var lastSctpPort uint16 = 1024

// startSctp sends the start of an INIT (RFC 9260, 3.1 and 3.3.2); no receiver parses the rest.
func (l *lab) startSctp(flow oracle.Flow) (*attempt, error) {
	raw, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_SCTP)
	if err != nil {
		return nil, err
	}
	defer unix.Close(raw)
	if lastSctpPort++; lastSctpPort < 1024 {
		lastSctpPort = 1024
	}
	packet := make([]byte, 32)
	binary.BigEndian.PutUint16(packet[0:], lastSctpPort)
	binary.BigEndian.PutUint16(packet[2:], flow.Port)
	packet[12] = 1
	packet[15] = 20
	packetSent := sctpPacket{flow.From, lastSctpPort, flow.Port}
	return &attempt{flow: flow, fd: -1, sctp: packetSent}, unix.Sendto(raw, packet, 0, &unix.SockaddrInet4{Addr: flow.To.As4()})
}

// allArrived updates the attempts and tells whether all allowed ones have arrived.
func (l *lab) allArrived(attempts []*attempt, allowed func(oracle.Flow) bool) bool {
	all := true
	for _, one := range attempts {
		if one.fd < 0 && !one.arrived {
			one.arrived = l.listeners[one.flow.To].receivedSctp(one.sctp)
		}
		all = all && (one.arrived || !allowed(one.flow))
	}
	return all
}

// wait returns when a socket has an answer, or after the time.
func (l *lab) wait(attempts []*attempt, long time.Duration) {
	l.Helper()
	deadline := time.Now().Add(long)
	for left := long; left > 0; left = time.Until(deadline) {
		var polled []unix.PollFd
		var waiting []*attempt
		for _, one := range attempts {
			if one.fd < 0 || one.arrived {
				continue
			}
			events := int16(unix.POLLIN)
			if one.flow.Protocol == corev1.ProtocolTCP {
				events = unix.POLLOUT
			}
			polled = append(polled, unix.PollFd{Fd: int32(one.fd), Events: events})
			waiting = append(waiting, one)
		}
		n, err := unix.Poll(polled, int(left.Milliseconds()))
		if err != nil && err != unix.EINTR {
			l.Fatal(err)
		}
		if n <= 0 {
			continue
		}
		for i, answer := range polled {
			waiting[i].arrived = answer.Revents != 0 && answered(waiting[i])
		}
	}
}

// answered distinguishes a connection from an error: ICMP reports a port without a listener.
func answered(one *attempt) bool {
	code, err := unix.GetsockoptInt(one.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	return err == nil && (code == 0 || code == int(unix.ECONNRESET))
}
