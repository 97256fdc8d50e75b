package postgis

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// Unwell tells why the database takes nothing at present, whoever asks, where
// that is what an error says, else "": its disk is full, it is starting or ending,
// it can't be reached, or it has been migrated away from this program. A unit that
// was in hand is innocent of it.
func (*DB) Unwell(err error) string {
	if e := (SchemaError{}); errors.As(err, &e) {
		return e.Error()
	}
	if e := (*pgconn.ConnectError)(nil); errors.As(err, &e) {
		return "the database can't be reached: " + e.Error()
	}
	e := (*pgconn.PgError)(nil)
	if !errors.As(err, &e) || len(e.Code) != 5 {
		return ""
	}
	switch { // PostgreSQL, appendix A: error codes
	case e.Code == "53100": // disk_full
		return fmt.Sprintf("PostgreSQL's disk is full (%s): make room on it, and work goes on by itself", e.Message)
	case e.Code == "25006": // read_only_sql_transaction
		return "the database is only to be read from: PARUS_DATABASE_URL names a standby, or one that has become one"
	case e.Code == "58030": // io_error
		return fmt.Sprintf("PostgreSQL can't use its disk (%s)", e.Message)
	case e.Code[:2] == "53", e.Code[:3] == "57P" && e.Code != "57P04", e.Code[:2] == "08": // resources; shutting down or starting; connection
		return fmt.Sprintf("the database takes nothing now (%s)", e.Message)
	}
	return ""
}

// schemaNow is the number of the last migration, for guards in statements.
const schemaNow = `(select coalesce(max(version_id), 0) from goose_db_version where is_applied)`

// stale returns the SchemaError where the guard of a statement was why it changed
// nothing, else the other error.
func (db *DB) stale(ctx context.Context, other error) error {
	if err := db.refuseNewer(ctx); err != nil {
		return err
	}
	return other
}
