package kernel

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"

	"careplane.dev/cluster/policy/policytest"
)

// ears listen at an address on every port of every protocol. TCP is accepted, UDP sent back; of SCTP, which this kernel
// need not have, the packets that arrive are taken down as they are.
type ears struct {
	lock sync.Mutex
	sctp map[sctpHeard]bool
}

type sctpHeard struct {
	from                  netip.Addr
	sourcePort, localPort uint16
}

func (e *ears) heardSctp(one sctpHeard) bool {
	e.lock.Lock()
	defer e.lock.Unlock()
	return e.sctp[one]
}

func (l *lab) listen(address netip.Addr) {
	l.Helper()
	e := &ears{sctp: map[sctpHeard]bool{}}
	l.ears[address] = e
	l.in(l.at[address], func() error {
		for _, port := range policytest.Ports {
			if err := l.listenOn(netip.AddrPortFrom(netip.IPv6Unspecified(), port)); err != nil {
				return err
			}
		}
		raw, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_SCTP)
		if err != nil {
			return err
		}
		// Reads in vain now and then, so that it sees that the test is over.
		if err := unix.SetsockoptTimeval(raw, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 200_000}); err != nil {
			return err
		}
		go e.hearSctp(raw, l.Context())
		return nil
	})
}

func (l *lab) listenOn(at netip.AddrPort) error {
	tcp, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at))
	if err != nil {
		return err
	}
	udp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return err
	}
	l.Cleanup(func() {
		_ = tcp.Close()
		_ = udp.Close()
	})
	go accept(tcp)
	go echo(udp)
	return nil
}

func accept(listener *net.TCPListener) {
	for {
		connection, err := listener.AcceptTCP()
		if err != nil {
			return
		}
		_ = connection.SetLinger(0)
		_ = connection.Close()
	}
}

func echo(socket *net.UDPConn) {
	buffer := make([]byte, 64)
	for {
		n, from, err := socket.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		_, _ = socket.WriteToUDPAddrPort(buffer[:n], from)
	}
}

func (e *ears) hearSctp(raw int, test context.Context) {
	defer unix.Close(raw)
	buffer := make([]byte, 256)
	for test.Err() == nil {
		n, _, err := unix.Recvfrom(raw, buffer, 0)
		if err != nil || n < 24 {
			continue
		}
		// A raw socket of IPv4 gives the IP header (its length in words in the lower half of the first byte) too.
		header := int(buffer[0]&0x0f) * 4
		e.lock.Lock()
		e.sctp[sctpHeard{
			from:       netip.AddrFrom4([4]byte(buffer[12:16])),
			sourcePort: binary.BigEndian.Uint16(buffer[header:]),
			localPort:  binary.BigEndian.Uint16(buffer[header+2:]),
		}] = true
		e.lock.Unlock()
	}
}
