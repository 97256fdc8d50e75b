package postgis_test

import (
	"net"
	"strings"
	"testing"

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
