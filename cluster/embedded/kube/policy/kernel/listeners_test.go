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

// listeners listen at an address on every port of every protocol. They accept TCP and echo UDP. They record raw SCTP
// packets, because the kernel may lack SCTP.
type listeners struct {
	lock sync.Mutex
	sctp map[sctpPacket]bool
}

type sctpPacket struct {
	from                  netip.Addr
	sourcePort, localPort uint16
}

func (e *listeners) receivedSctp(one sctpPacket) bool {
	e.lock.Lock()
	defer e.lock.Unlock()
	return e.sctp[one]
}

func (l *lab) listen(address netip.Addr) {
	l.Helper()
	e := &listeners{sctp: map[sctpPacket]bool{}}
	l.listeners[address] = e
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
		// The timeout lets the loop see the end of the test.
		if err := unix.SetsockoptTimeval(raw, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 200_000}); err != nil {
			return err
		}
		go e.receiveSctp(raw, l.Context())
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

func (e *listeners) receiveSctp(raw int, test context.Context) {
	defer unix.Close(raw)
	buffer := make([]byte, 256)
	for test.Err() == nil {
		n, _, err := unix.Recvfrom(raw, buffer, 0)
		if err != nil || n < 24 {
			continue
		}
		// A raw IPv4 socket also delivers the IP header; the low half of its first byte is its length in words.
		header := int(buffer[0]&0x0f) * 4
		e.lock.Lock()
		e.sctp[sctpPacket{
			from:       netip.AddrFrom4([4]byte(buffer[12:16])),
			sourcePort: binary.BigEndian.Uint16(buffer[header:]),
			localPort:  binary.BigEndian.Uint16(buffer[header+2:]),
		}] = true
		e.lock.Unlock()
	}
}
