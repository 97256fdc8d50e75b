package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/internal/handover"
)

// History returns the epoch of the database: it is higher than before where the
// database was put back to an earlier point, from where on numbers of events are
// given anew. Whoever keeps a place in a county's log by its number keeps the
// epoch with it.
func (db *DB) History(ctx context.Context) (epoch int64, err error) {
	if err := db.pool.QueryRow(ctx, noteHistory).Scan(&epoch); err != nil {
		return 0, fmt.Errorf("history of the database: %w", err)
	}
	return epoch, nil
}

// noteHistory notices that the database was put back, and then leaves numbers
// out. It comes before the next number that leaves the house is given.
const noteHistory = `select note_history()`

// BeginHistory begins a new epoch for a database that was put back by means that
// leave no trace in it, such as a snapshot of its disk.
func (db *DB) BeginHistory(ctx context.Context) (epoch int64, err error) {
	if err := db.pool.QueryRow(ctx, `select note_history(true)`).Scan(&epoch); err != nil {
		return 0, fmt.Errorf("begin a history: %w", err)
	}
	return epoch, nil
}

// tellHistories fills in of which history each delivery's event is.
func tellHistories(ctx context.Context, tx pgx.Tx, list []handover.Delivery) error {
	const histories = `
		select u.n, h.epoch, h.mark, h.from_seq from unnest($1::text[], $2::bigint[]) with ordinality as u (county, seq, n)
		cross join lateral (
			select epoch, mark, from_seq from book_history join history using (epoch)
			where county = u.county and from_seq <= u.seq order by epoch desc limit 1) h`
	counties, seqs := make([]string, len(list)), make([]int64, len(list))
	for i, d := range list {
		counties[i], seqs[i] = d.Event.County, d.Event.Seq
	}
	rows, err := tx.Query(ctx, histories, counties, seqs)
	if err != nil {
		return err
	}
	var n int
	var h handover.History
	_, err = pgx.ForEachRow(rows, []any{&n, &h.Epoch, &h.Mark, &h.FromSeq}, func() error {
		list[n-1].Event.History = h
		return nil
	})
	return err
}
