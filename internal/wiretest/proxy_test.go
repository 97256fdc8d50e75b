package wiretest_test

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"parus/internal/wiretest"
)

// echo is a server that says what it hears.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

func dial(t *testing.T, p *wiretest.Proxy) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// said sends text and returns how much of it comes back before the line ends or
// a moment passes.
func said(t *testing.T, c net.Conn, text []byte, moment time.Duration) int {
	t.Helper()
	go func() { _, _ = c.Write(text) }()
	if err := c.SetReadDeadline(time.Now().Add(moment)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	n, _ := io.ReadFull(c, got)
	if !bytes.Equal(got[:n], text[:n]) {
		t.Fatal("what comes through is not what was sent")
	}
	return n
}

const minute = time.Minute

func TestFaults(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("a line of some length\n"), 1000)
	server := echo(t)
	t.Run("without a fault all passes", func(t *testing.T) {
		t.Parallel()
		p := wiretest.New(t, "tcp", server, 1)
		if n := said(t, dial(t, p), text, minute); n != len(text) {
			t.Errorf("%d bytes of %d", n, len(text))
		}
	})
	t.Run("a cut ends open lines, and new ones are well", func(t *testing.T) {
		t.Parallel()
		p := wiretest.New(t, "tcp", server, 1)
		c := dial(t, p)
		said(t, c, text[:9], minute)
		if n := p.Cut(); n != 1 {
			t.Errorf("%d lines were cut", n)
		}
		if n := said(t, c, text, minute); n != 0 {
			t.Errorf("%d bytes after the cut", n)
		}
		if n := said(t, dial(t, p), text, minute); n != len(text) {
			t.Errorf("%d bytes of a new line", n)
		}
	})
	t.Run("refused lines carry nothing", func(t *testing.T) {
		t.Parallel()
		p := wiretest.New(t, "tcp", server, 1)
		p.Set(wiretest.Fault{Refuse: true})
		c, err := net.Dial("tcp", p.Address())
		if err != nil {
			return // it has ended already
		}
		defer c.Close()
		if n := said(t, c, text, minute); n != 0 {
			t.Errorf("%d bytes", n)
		}
	})
	t.Run("a stalled line stays open and silent, also later", func(t *testing.T) {
		t.Parallel()
		p := wiretest.New(t, "tcp", server, 1)
		c := dial(t, p)
		said(t, c, text[:9], minute)
		p.Set(wiretest.Fault{Stall: true})
		p.Set(wiretest.Fault{})
		if n := said(t, c, text, 100*time.Millisecond); n != 0 {
			t.Errorf("%d bytes", n)
		}
		if n := said(t, dial(t, p), text, minute); n != len(text) {
			t.Errorf("%d bytes of a new line", n)
		}
	})
	t.Run("a reset comes within a message, where the seed says", func(t *testing.T) {
		t.Parallel()
		var at [2]int
		for i := range at {
			p := wiretest.New(t, "tcp", server, 5)
			p.Set(wiretest.Fault{ResetWithin: 3000})
			c := dial(t, p)
			for { // byte by byte, so that pieces are the same
				n := said(t, c, text[:1], minute)
				if n == 0 {
					break
				}
				at[i] += n
			}
			if _, reset := p.Lines(); reset != 1 {
				t.Errorf("%d lines were reset", reset)
			}
		}
		if at[0] == 0 || at[0] >= 3000 || at[0] != at[1] {
			t.Errorf("reset after %v bytes", at)
		}
	})
	t.Run("a slow line takes its time", func(t *testing.T) {
		t.Parallel()
		p := wiretest.New(t, "tcp", server, 1)
		c := dial(t, p)
		p.Set(wiretest.Fault{Delay: 20 * time.Millisecond, BytesPerSecond: 20_000})
		began := time.Now()
		// 22 bytes go there and back: 2 · (20 ms + 22/20,000 s) = 42.2 ms.
		if n := said(t, c, text[:22], minute); n != 22 || time.Since(began) < 42*time.Millisecond {
			t.Errorf("%d bytes in %s", n, time.Since(began))
		}
	})
}
