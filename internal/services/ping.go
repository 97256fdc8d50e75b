package services

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"
)

// ready waits until ping succeeds, the process ends or ctx does.
func (p *process) ready(ctx context.Context, ping func(context.Context) error) error {
	for {
		err := ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("%s ended while starting (%w): %s", p.name, p.err, p.lastWords())
		default:
		}
		if pause(ctx) != nil {
			return fmt.Errorf("%s does not answer: %w: %s", p.name, err, p.lastWords())
		}
	}
}

// pingLimit bounds one question to a server.
const pingLimit = 5 * time.Second

// pingPostgres asks the server behind a socket to let a client in, which it
// does only once it takes queries: it speaks the start of protocol 3.0
// (PostgreSQL manual, "Frontend/Backend Protocol, Start-up").
func pingPostgres(ctx context.Context, socket string) error {
	conn, err := dial(ctx, "unix", socket)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // nothing is lost with it
	body := binary.BigEndian.AppendUint32(nil, 3<<16)
	body = append(body, "user\x00"+databaseUser+"\x00database\x00"+databaseName+"\x00\x00"...)
	if _, err := conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)); err != nil {
		return err
	}
	return readStartup(bufio.NewReader(conn), func() { _, _ = conn.Write([]byte{'X', 0, 0, 0, 4}) })
}

// readStartup reads messages until the server is ready for queries, then says
// goodbye; an error message of the server becomes the error.
func readStartup(r io.Reader, bye func()) error {
	const maxMessage = 64 << 10
	for {
		var head [5]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return fmt.Errorf("read the server's greeting: %w", err)
		}
		n := binary.BigEndian.Uint32(head[1:])
		if n < 4 || n > maxMessage {
			return fmt.Errorf("the server's message %q has length %d: not PostgreSQL", head[0], n)
		}
		body := make([]byte, n-4)
		if _, err := io.ReadFull(r, body); err != nil {
			return fmt.Errorf("read the server's greeting: %w", err)
		}
		switch head[0] {
		case 'Z':
			bye()
			return nil
		case 'E':
			return errors.New("the server says: " + errorMessage(body))
		case 'R':
			if len(body) >= 4 && binary.BigEndian.Uint32(body) != 0 {
				return errors.New("the server asks for a password")
			}
		}
	}
}

// errorMessage is field M of an ErrorResponse.
func errorMessage(body []byte) string {
	for f := range bytes.SplitSeq(body, []byte{0}) {
		if len(f) > 1 && f[0] == 'M' {
			return string(f[1:])
		}
	}
	return "an error without a message"
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(time.Now().Add(pingLimit))
}

// PingRedis asks the one server of a redis://, rediss:// or redis-socket:// URI
// whether it answers.
func PingRedis(ctx context.Context, uri string) error {
	_, err := AskRedis(ctx, uri, "PING")
	return err
}

// AskRedis sends one command to the numbered database that a URI names and
// returns the answer, which must be of one line (a status or a number; a
// missing value is "-1").
func AskRedis(ctx context.Context, uri string, command ...string) (string, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return "", errors.New("the URL of Redis does not parse (PARUS_REDIS_URL)") // it may hold a password
	}
	network, address, db := "tcp", u.Host, strings.Trim(u.Path, "/")
	switch u.Scheme {
	case "redis", "rediss":
	case "redis-socket":
		network, address, db = "unix", u.Path, u.Query().Get("db")
	default:
		return "", fmt.Errorf("the URL of Redis has the scheme %q: one server is asked by redis, rediss or redis-socket (PARUS_REDIS_URL)", u.Scheme)
	}
	conn, err := dial(ctx, network, address)
	if err != nil {
		return "", fmt.Errorf("reach Redis: %w", err)
	}
	defer func() { _ = conn.Close() }() // nothing is lost with it
	if u.Scheme == "rediss" {
		conn = tls.Client(conn, &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12})
	}
	var steps [][]string
	if password, ok := u.User.Password(); ok {
		steps = append(steps, []string{"AUTH", password})
	}
	if db != "" && db != "0" {
		steps = append(steps, []string{"SELECT", db})
	}
	r, answer := bufio.NewReader(conn), ""
	for _, step := range append(steps, command) {
		if answer, err = ask(conn, r, step...); err != nil {
			return "", fmt.Errorf("%s Redis at %s: %w", step[0], address, err)
		}
	}
	return answer, nil
}

// ask sends one command in the Redis protocol and reads a one-line answer.
func ask(w io.Writer, r *bufio.Reader, args ...string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return "", err
	}
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	switch {
	case line == "":
		return "", errors.New("an empty answer")
	case line[0] == '-':
		return "", errors.New(line[1:])
	default:
		return line[1:], nil
	}
}
