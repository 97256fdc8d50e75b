package services_test

import (
	"bytes"
	"strings"
	"testing"

	"parus/internal/services"
)

// Messages of PostgreSQL's protocol: type, length of all but the type, body.
const (
	welcome  = "R\x00\x00\x00\x08\x00\x00\x00\x00" // AuthenticationOk
	ready    = "Z\x00\x00\x00\x05I"                // ReadyForQuery, idle
	password = "R\x00\x00\x00\x0c\x00\x00\x00\x05salt"
	starting = "E\x00\x00\x00\x20SFATAL\x00C57P03\x00Mstarting up\x00\x00"
)

func TestReadStartup(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, err string }{
		"a server that lets us in":        {welcome + ready, ""},
		"a server that still recovers":    {starting, "starting up"},
		"a server that wants a password":  {password, "password"},
		"a server that hangs up":          {welcome, "EOF"},
		"something else, a web server":    {"HTTP/1.1 400 Bad Request\r\n\r\n", "not PostgreSQL"},
		"a message shorter than its head": {"Z\x00\x00\x00\x03", "not PostgreSQL"},
		"an error without fields":         {"E\x00\x00\x00\x04", "without a message"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			left := false
			err := services.ReadStartup(strings.NewReader(c.in), func() { left = true })
			if (err == nil) != (c.err == "") || (err != nil && !strings.Contains(err.Error(), c.err)) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if left != (c.err == "") {
				t.Errorf("said goodbye: %v", left)
			}
		})
	}
}

func FuzzReadStartup(f *testing.F) {
	for _, s := range []string{welcome + ready, starting, password, "Z\xff\xff\xff\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		byes := 0
		err := services.ReadStartup(bytes.NewReader(b), func() { byes++ })
		if (err == nil) != (byes == 1) {
			t.Errorf("error %v, but %d goodbyes", err, byes)
		}
	})
}

func TestAskReadsOneLineAnswersOfRedis(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want, err string }{
		"a status":                {"+PONG\r\n", "PONG", ""},
		"a number":                {":7\r\n", "7", ""},
		"a missing value":         {"$-1\r\n", "-1", ""},
		"an error":                {"-NOAUTH Authentication required.\r\n", "", "NOAUTH"},
		"a server that hangs up":  {"+PO", "", "EOF"},
		"an empty line":           {"\r\n", "", "empty"},
		"a line without a return": {"+PONG\n", "PONG", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := services.Ask(strings.NewReader(c.in), "PING")
			if got != c.want || (err == nil) != (c.err == "") || (err != nil && !strings.Contains(err.Error(), c.err)) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestPingRedisRefusesURLsThatItCannotAsk(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"http://queue.example":               "scheme",
		"redis://:secret@%zz":                "PARUS_REDIS_URL",
		"redis-socket:///nowhere/redis.sock": "reach Redis",
	} {
		err := services.PingRedis(t.Context(), uri)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", uri, err)
		}
	}
}
