package wiretest

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Fault is what lines suffer while it is set.
type Fault struct {
	// Refuse ends new lines before a byte has passed.
	Refuse bool
	// Stall keeps lines open, takes what is sent and hands nothing on. A line that
	// was once stalled stays so until one side closes it, as behind a gateway that
	// has forgotten it.
	Stall bool
	// Delay is waited before each piece of at most 4 KiB, in each direction.
	Delay time.Duration
	// BytesPerSecond bounds each direction of each line; 0: nothing does.
	BytesPerSecond int
	// ResetWithin resets each line after 1 to so many bytes more, drawn from the
	// proxy's seed; 0: none.
	ResetWithin int
}

// Proxy is between clients and one server.
type Proxy struct {
	listener         net.Listener
	network, address string // of the server

	mu     sync.Mutex
	fault  Fault
	draw   *rand.Rand
	lines  map[*line]bool
	ended  bool
	serves sync.WaitGroup

	opened, reset atomic.Int64
}

// New starts a proxy before the server at an address (of network tcp or unix). It
// ends with the test.
func New(t testing.TB, network, address string, seed uint64) *Proxy {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("wiretest: %v", err)
	}
	p := Serve(l, network, address, seed)
	t.Cleanup(p.Close)
	return p
}

// Serve is New on a listener of the caller's, outside a test.
func Serve(l net.Listener, network, address string, seed uint64) *Proxy {
	p := &Proxy{listener: l, network: network, address: address, draw: rand.New(rand.NewPCG(seed, 0)), lines: map[*line]bool{}}
	p.serves.Go(p.serve)
	return p
}

// Close ends the proxy, its lines and its listener.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.ended = true
	p.mu.Unlock()
	_ = p.listener.Close()
	p.Cut()
	p.serves.Wait()
}

// Address is where clients find the proxy, host:port.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Set sets what lines suffer from now on, those that are open too.
func (p *Proxy) Set(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
	for l := range p.lines {
		p.afflict(l)
	}
}

// afflict gives a line its share of the fault.
func (p *Proxy) afflict(l *line) {
	if p.fault.Stall {
		l.dead.Store(true)
	}
	l.left.Store(-1)
	if n := p.fault.ResetWithin; n > 0 {
		l.left.Store(1 + p.draw.Int64N(int64(n)))
	}
}

// Cut resets all lines that are open, and returns how many.
func (p *Proxy) Cut() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.lines {
		l.abort()
	}
	return len(p.lines)
}

// Lines tells how many lines were opened, and how many of them the proxy has
// reset within a message.
func (p *Proxy) Lines() (opened, reset int64) { return p.opened.Load(), p.reset.Load() }

func (p *Proxy) serve() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.serves.Go(func() { p.join(c) })
	}
}

// join connects a client with the server and lets both speak until one ends.
func (p *Proxy) join(client net.Conn) {
	p.opened.Add(1)
	l := &line{client: client}
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), p.network, p.address)
	if err != nil {
		abort(client)
		return
	}
	l.server = server
	p.mu.Lock()
	if p.fault.Refuse || p.ended {
		p.mu.Unlock()
		l.abort()
		return
	}
	p.lines[l] = true
	p.afflict(l)
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.pass(l, client, server) })
	both.Go(func() { p.pass(l, server, client) })
	both.Wait()
	l.abort()
	p.mu.Lock()
	delete(p.lines, l)
	p.mu.Unlock()
}

// pass hands on what one side says, piece by piece.
func (p *Proxy) pass(l *line, from, to net.Conn) {
	defer l.abort()
	b := make([]byte, 4<<10)
	for {
		n, err := from.Read(b)
		if n > 0 && !p.hand(l, to, b[:n]) {
			return
		}
		if err != nil {
			return
		}
	}
}

// hand passes one piece on; false where the line is at its end.
func (p *Proxy) hand(l *line, to net.Conn, b []byte) bool {
	p.mu.Lock()
	f := p.fault
	p.mu.Unlock()
	wait := f.Delay
	if f.BytesPerSecond > 0 {
		wait += time.Duration(len(b)) * time.Second / time.Duration(f.BytesPerSecond)
	}
	if wait > 0 {
		<-time.After(wait)
	}
	if l.dead.Load() {
		return true
	}
	if left := l.left.Load(); left >= 0 {
		if left = l.left.Add(-int64(len(b))); left <= 0 {
			_, _ = to.Write(b[:max(0, int64(len(b))+left)]) // the rest of the message never comes
			p.reset.Add(1)
			return false
		}
	}
	_, err := to.Write(b)
	return err == nil
}

// line is a client's connection and the server's.
type line struct {
	client, server net.Conn
	dead           atomic.Bool
	left           atomic.Int64 // bytes until it is reset; below 0: it is not
}

func (l *line) abort() {
	abort(l.client)
	if l.server != nil {
		abort(l.server)
	}
}

// abort ends a connection with a reset where there is such a thing.
func abort(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
