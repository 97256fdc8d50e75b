package postgis_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"parus/internal/postgis"
)

func TestALineOnWhichNobodyAnswersIsGivenUp(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // it takes connections, since the kernel does, and says nothing
	_, err = postgis.Open(t.Context(), "postgres://parus@"+l.Addr().String()+"/parus?sslmode=disable&connect_timeout=600&silence=1s")
	if err == nil || !strings.Contains(err.Error(), "no byte of an answer for 1s") {
		t.Errorf("got %v", err)
	}
}

// A request that is given up in the middle of an answer has its line emptied beside
// the reader that is there already.
func TestALineIsReadFromTwiceAtOnce(t *testing.T) {
	t.Parallel()
	here, there := net.Pipe()
	defer there.Close()
	l := postgis.NewLine(here, time.Hour)
	defer l.Close()
	const bytes = 200
	read := make(chan int, 2)
	for range 2 {
		go func() {
			n := 0
			for one := make([]byte, 1); ; n++ {
				if _, err := l.Read(one); err != nil {
					read <- n
					return
				}
			}
		}()
	}
	if _, err := there.Write(make([]byte, bytes)); err != nil {
		t.Fatal(err)
	}
	there.Close()
	if n := <-read + <-read; n != bytes {
		t.Errorf("%d bytes are read, want %d", n, bytes)
	}
}

func TestALineThatFallsSilentIsCutForAllWhoRead(t *testing.T) {
	t.Parallel()
	here, there := net.Pipe()
	defer there.Close()
	l := postgis.NewLine(here, 50*time.Millisecond)
	ended := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := l.Read(make([]byte, 1))
			ended <- err
		}()
	}
	for range 2 {
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "no byte of an answer for 50ms") {
			t.Errorf("%v", err)
		}
	}
}
