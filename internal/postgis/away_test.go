package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parus/internal/postgis"
)

func TestWhatSaysThatTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	server := func(code string) error { return fmt.Errorf("claim: %w", &pgconn.PgError{Code: code}) }
	for name, c := range map[string]struct {
		err  error
		away bool
	}{
		"no error":                          {nil, false},
		"a server that starts":              {server("57P03"), true},
		"a server that was killed":          {server("57P02"), true},
		"a lost connection, by the server":  {server("08006"), true},
		"a standby that takes no writes":    {server("25006"), true},
		"a server that is full":             {server("53300"), true},
		"a transaction that was silent":     {server("25P03"), true},
		"a pooler that has lost its server": {server("08P01"), true},
		"a statement that was cancelled":    {server("57014"), false},
		"a deadline that has passed":        {context.DeadlineExceeded, false},
		"a connection that breaks":          {fmt.Errorf("claim: %w", io.ErrUnexpectedEOF), true},
		"a connection that is reset":        {fmt.Errorf("claim: %w", &net.OpError{Op: "read", Err: syscall.ECONNRESET}), true},
		"a row that is there already":       {server("23505"), false},
		"no row":                            {fmt.Errorf("run 7: %w", pgx.ErrNoRows), false},
		"a statement that is wrong":         {server("42601"), false},
		"somebody who has given up waiting": {context.Canceled, false},
		"any other error":                   {errors.New("band B04 is cut short"), false},
	} {
		if got := postgis.Away(c.err); got != c.away {
			t.Errorf("%s: away %v, want %v", name, got, c.away)
		}
	}
}

func TestAServerThatIsNotThereIsAway(t *testing.T) {
	t.Parallel()
	_, err := postgis.Open(t.Context(), "postgres://parus@/parus?host="+filepath.Join(t.TempDir(), "nobody"))
	if !postgis.Away(err) {
		t.Errorf("%v", err)
	}
}

func TestAConnectionThatTheServerEndsIsAway(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := db.EndConnection(ctx)
	if !db.Away(err) {
		t.Errorf("%v", err)
	}
	if err := db.Ping(ctx); err != nil {
		t.Errorf("the next connection: %v", err)
	}
}

func TestATransactionOfWhoSaysNothingMoreHasAnEnd(t *testing.T) {
	t.Parallel()
	db := open(t)
	limit, err := db.UnattendedLimit(t.Context())
	if err != nil || limit != "30s" {
		t.Errorf("a transaction may lie idle for %q, %v; want 30 s", limit, err)
	}
	var outside string
	if err := db.Raw(t.Context(), `show idle_in_transaction_session_timeout`, &outside); err != nil || outside != "0" {
		t.Errorf("outside of it %q, %v", outside, err)
	}
}
