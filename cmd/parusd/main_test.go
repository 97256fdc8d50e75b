package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		want int
		says string
	}{
		{"help succeeds", []string{"--help"}, 0, "PARUS_LISTEN"},
		{"an address without a port is refused", []string{"--database-url=postgres://nowhere", "--listen=localhost"}, 2, "host:port"},
		{"a session of no length is refused", []string{"--database-url=postgres://nowhere", "--session-life=0s"}, 2, "session life"},
		{"an unknown flag is refused", []string{"--database-url=postgres://nowhere", "--wrong"}, 2, "--help"},
		{"a URL that is none fails and names it", []string{"--database-url=http://x"}, 1, "database URL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			code := run(context.Background(), c.args, &out, &errs)
			if said := out.String() + errs.String(); code != c.want || !strings.Contains(said, c.says) {
				t.Errorf("status %d, want %d; said %s", code, c.want, said)
			}
		})
	}
}
