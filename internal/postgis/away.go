package postgis

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// Away is [Away], for those who know a database by its methods alone.
func (db *DB) Away(err error) bool { return Away(err) }

// Away tells whether an error of this package's methods says that the database
// could not be reached, or went away in the middle: that it was killed, is
// starting, is no longer the one that takes writes, or that the line is cut. What
// was asked of it may be asked again when it is back.
func Away(err error) bool {
	var connect *pgconn.ConnectError
	var server *pgconn.PgError
	switch {
	case err == nil:
		return false
	case errors.As(err, &server):
		// Also of a connection that is refused: the server says why.
		return strings.HasPrefix(server.Code, "08") || slices.Contains(comesBack, server.Code)
	case errors.As(err, &connect), pgconn.SafeToRetry(err) && !errors.Is(err, context.Canceled):
		return true
	}
	var line *net.OpError
	return errors.As(err, &line) || slices.ContainsFunc(cutOff, func(e error) bool { return errors.Is(err, e) })
}

// comesBack are what a server says that is there again in a while. Source:
// PostgreSQL manual, appendix A, classes 25, 53 and 57.
var comesBack = []string{
	"57P01", // admin_shutdown
	"57P02", // crash_shutdown
	"57P03", // cannot_connect_now
	"25P03", // idle_in_transaction_session_timeout
	"53300", // too_many_connections
	"25006", // read_only_sql_transaction: a standby, before it is promoted
}

// cutOff are how a connection ends that nobody has closed.
var cutOff = []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.ECONNREFUSED, syscall.EPIPE}
