package postgis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sys/unix"
)

// A line to the database that is cut without a word must not hold anybody up.
const (
	// dialTime bounds a new connection where the URL has no connect_timeout.
	dialTime = 10 * time.Second
	// pingTime bounds the look at a connection that has been idle.
	pingTime = 5 * time.Second
	// lineTime is after how long the kernel gives up a line on which nothing that
	// was sent is confirmed (TCP_USER_TIMEOUT, RFC 5482), or no keepalive answered.
	lineTime = 30 * time.Second
	// silence is how long a statement may go without a byte of an answer, for lines
	// that something in between holds open. It outlasts the longest statement of a
	// season several times. The URL's silence=1h sets another.
	silence = 10 * time.Minute
	// leastConns is how many connections a process may have at least: leases are
	// kept beside units that write.
	leastConns = 8
)

// pooling is what lies between this process and PostgreSQL.
type pooling string

const (
	poolingUnknown     pooling = ""            // found out when the database is opened
	poolingNone        pooling = "none"        // sessions are PostgreSQL's own
	poolingTransaction pooling = "transaction" // a session lasts a transaction
)

// wire is how connections are made.
type wire struct {
	pooling pooling
	silence time.Duration

	connsGiven bool // the URL says how many connections there may be
}

// takeWire takes out of a configuration what pgx would send to the server.
func takeWire(c *pgxpool.Config) (wire, error) {
	w := wire{silence: silence}
	given := c.ConnConfig.RuntimeParams
	switch p := pooling(given["pool"]); p {
	case poolingUnknown, poolingNone, poolingTransaction:
		w.pooling = p
	case "session":
		w.pooling = poolingTransaction // asks for less than a session gives
	default:
		return w, fmt.Errorf("database URL: pool=%s: write transaction, session or none, or leave it out: it is found out", p)
	}
	if s := given["silence"]; s != "" {
		d, err := time.ParseDuration(s)
		if err != nil || d < time.Second {
			return w, fmt.Errorf("database URL: silence=%s: write a time of a second or more, such as 30m", s)
		}
		w.silence = d
	}
	delete(given, "pool")
	delete(given, "silence")
	return w, nil
}

// mark is a setting of a session that a pooler refuses or drops, and PostgreSQL
// keeps: so one is told from the other.
const mark = "parus.session"

// apply sets a configuration up.
func (w wire) apply(c *pgxpool.Config) {
	conn := c.ConnConfig
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = dialTime
	}
	if !w.connsGiven {
		c.MaxConns = max(leastConns, int32(2*runtime.NumCPU()))
	}
	c.PingTimeout = pingTime
	conn.DialFunc = w.dial
	params := map[string]string{"timezone": "UTC"} // poolers hand it on
	if w.pooling == poolingTransaction {
		// Statements are sent whole each time: what is prepared by name stays with a
		// session of PostgreSQL that the next transaction may not get.
		conn.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
		conn.StatementCacheCapacity = 0
	} else {
		// The server gives up a line as this side does, so that no transaction of a
		// worker that was cut off holds its locks for hours.
		seconds := func(d time.Duration) string { return fmt.Sprintf("%ds", int(d.Seconds())) }
		params[mark], params["tcp_keepalives_idle"], params["tcp_keepalives_interval"], params["tcp_keepalives_count"] = "on", "15", "5", "3"
		params["tcp_user_timeout"] = seconds(lineTime)
	}
	for name, value := range params {
		if _, given := conn.RuntimeParams[name]; !given || name == "timezone" {
			conn.RuntimeParams[name] = value
		}
	}
}

// connect opens a pool, and again as through a pooler where one is found.
func (w wire) connect(ctx context.Context, url string) (*pgxpool.Pool, wire, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, w, fmt.Errorf("database URL: %w", err)
	}
	forced := w.pooling
	if w, err = takeWire(cfg); err != nil {
		return nil, w, err
	}
	if forced != poolingUnknown {
		w.pooling = forced
	}
	w.connsGiven = strings.Contains(url, "pool_max_conns")
	w.apply(cfg)
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, w, fmt.Errorf("open database %s: %w", cfg.ConnConfig.Database, err)
	}
	pooled := false
	if w.pooling == poolingUnknown {
		pooled, err = isPooled(ctx, pool)
	} else {
		err = pool.Ping(ctx)
	}
	switch {
	case pooled:
		pool.Close()
		w.pooling = poolingTransaction
		return w.connect(ctx, url)
	case err != nil:
		pool.Close()
		c := cfg.ConnConfig
		return nil, w, fmt.Errorf("database %s at %s:%d does not answer: %w", c.Database, c.Host, c.Port, err)
	}
	return pool, w, nil
}

// isPooled looks whether a pooler has refused or dropped the mark.
func isPooled(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	var kept bool
	err := pool.QueryRow(ctx, `select current_setting($1, true) is not distinct from 'on'`, mark).Scan(&kept)
	var said *pgconn.PgError
	if errors.As(err, &said) && said.Code == "08P01" && strings.Contains(said.Message, "startup parameter") { // as PgBouncer says it
		return true, nil
	}
	return !kept, err
}

// dial opens a line that ends where the other side has gone, or falls silent.
func (w wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: lineTime / 2, Interval: lineTime / 6, Count: 3},
		Control: func(network, _ string, raw syscall.RawConn) error {
			if !strings.HasPrefix(network, "tcp") {
				return nil
			}
			var err error
			if e := raw.Control(func(fd uintptr) {
				err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(lineTime.Milliseconds()))
			}); e != nil {
				return e
			}
			return err
		},
	}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &line{Conn: conn, silence: w.silence}, nil
}

// line is a connection that is closed where an answer is waited for in vain. It
// leaves deadlines to pgx, which sets them to end a wait.
type line struct {
	net.Conn
	silence time.Duration

	mu   sync.Mutex
	last time.Time // that something was sent, or the wait began
	cut  bool
}

// wait is one read. There may be two at once: where pgx gives up a line in the
// middle of an answer, it empties it beside the reader that it has in the
// background.
type wait struct {
	timer *time.Timer
	over  bool
}

func (l *line) Read(b []byte) (int, error) {
	w := &wait{}
	l.mu.Lock()
	l.last, w.timer = time.Now(), time.AfterFunc(l.silence, func() { l.late(w) })
	l.mu.Unlock()
	n, err := l.Conn.Read(b)
	l.mu.Lock()
	w.timer.Stop()
	w.over = true
	cut := l.cut
	l.mu.Unlock()
	if cut && err != nil {
		err = fmt.Errorf("no byte of an answer for %s: %w", l.silence, err)
	}
	return n, err
}

func (l *line) Write(b []byte) (int, error) {
	l.mu.Lock()
	l.last = time.Now() // copying into a table is long, and answered at its end
	l.mu.Unlock()
	return l.Conn.Write(b)
}

// late closes the line unless something has been sent meanwhile.
func (l *line) late(w *wait) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.over {
		return
	}
	if left := l.silence - time.Since(l.last); left > 0 {
		w.timer.Reset(left)
		return
	}
	l.cut = true
	_ = l.Close() // the read ends with an error
}
