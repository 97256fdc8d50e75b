package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strconv"

	"golang.org/x/sync/errgroup"

	"parus/credit"
	"parus/credit/change"
	"parus/fields"
	"parus/internal/postgis"
	"parus/internal/season"
)

// rescoreDiffCmd tells what a re-scoring changed.
type rescoreDiffCmd struct {
	database
	Before  int64  `arg:"" help:"Number of the earlier publication; publications list prints them."`
	After   int64  `arg:"" help:"Number of the later one, of the same season or another of the county."`
	Output  string `short:"o" required:"" type:"path" placeholder:"CSV" help:"A row for each household, in order of id."`
	Drawn   string `type:"existingfile" placeholder:"CSV" help:"What is drawn on lines: household_id,drawn_cny; default: nothing."`
	Threads int    `help:"Households explained at once; default: the processors."`
}

// compareAtOnce is how many households are held in memory.
const compareAtOnce = 256

// Run writes the rows as they are read and prints what they add up to.
func (c *rescoreDiffCmd) Run(ctx context.Context, s *streams) error {
	drawn, err := readDrawn(c.Drawn)
	if err != nil {
		return err
	}
	d := diff{explainer: change.NewExplainer(), drawn: drawn, threads: c.Threads}
	if d.threads <= 0 {
		d.threads = runtime.NumCPU()
	}
	err = c.with(ctx, s, func(db *postgis.DB) error {
		return writeWhole(c.Output, s.Out, func(w io.Writer) error { return d.write(ctx, db, c.Before, c.After, w) })
	})
	if err != nil {
		return err
	}
	if c.Output == "-" {
		return d.sum.print(s.Err, c.Before, c.After)
	}
	return d.sum.print(s.Out, c.Before, c.After)
}

// diff explains households in small batches.
type diff struct {
	explainer *change.Explainer
	drawn     map[string]credit.Fen
	threads   int
	sum       diffSum
}

func (d *diff) write(ctx context.Context, db *postgis.DB, before, after int64, w io.Writer) error {
	out := csv.NewWriter(w)
	head := []string{"household_id", "village", "move", "line_before_cny", "line_computed_cny", "change_cny", "drawn_cny", "line_offered_cny", "held_by"}
	for _, g := range change.Groups() {
		head = append(head, string(g)+"_cny")
	}
	if err := out.Write(append(head, "strongest", "referred_before", "referred_after", "note")); err != nil {
		return err
	}
	batch := make([]season.Compared, 0, compareAtOnce)
	flush := func() error {
		rows, err := d.explain(ctx, batch)
		if err != nil {
			return err
		}
		for _, r := range rows {
			d.sum.add(r)
			if err := out.Write(r.cells()); err != nil {
				return err
			}
		}
		batch = batch[:0]
		return nil
	}
	err := db.ComparePublications(ctx, before, after, func(c season.Compared) error {
		if batch = append(batch, c); len(batch) < compareAtOnce {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// explain works on a batch side by side; rows come in order.
func (d *diff) explain(ctx context.Context, batch []season.Compared) ([]diffRow, error) {
	rows := make([]diffRow, len(batch))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(d.threads)
	for i, c := range batch {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			rows[i] = d.row(c)
			return nil
		})
	}
	return rows, g.Wait()
}

// diffRow is one household.
type diffRow struct {
	season.Compared
	move    string // new, gone, up, down, same
	drawn   credit.Fen
	offered *credit.Fen // nil: nothing can be offered without an officer
	heldBy  string
	why     *change.Move // nil: not known
	note    string
}

func (d *diff) row(c season.Compared) diffRow {
	r := diffRow{Compared: c, drawn: d.drawn[c.HouseholdID]}
	before, after := credit.Fen(c.Before.LineFen), credit.Fen(c.After.LineFen)
	switch {
	case !c.Before.Decided:
		r.move, r.offered = "new", &after
		return r
	case !c.After.Decided:
		r.move, r.note = "gone", "no decision any more: an officer looks at it"
		return r
	case after > before:
		r.move = "up"
	case after < before:
		r.move = "down"
	default:
		r.move = "same"
	}
	var a, b credit.Snapshot
	if c.Before.Snapshot == nil || c.After.Snapshot == nil {
		r.note = "a snapshot is not kept: the move can't be explained"
		return r
	}
	for _, x := range []struct {
		doc  json.RawMessage
		into *credit.Snapshot
	}{{c.Before.Snapshot, &a}, {c.After.Snapshot, &b}} {
		if err := json.Unmarshal(x.doc, x.into); err != nil {
			r.note = "a snapshot can't be read: " + err.Error()
			return r
		}
	}
	offered := credit.Rescore(b.Policy, before, r.drawn, after)
	r.offered = &offered
	r.heldBy = heldBy(before, after, offered, r.drawn)
	m, err := d.explainer.Explain(a, b)
	if err != nil {
		r.note = "not explained: " + err.Error()
		return r
	}
	r.why = &m
	return r
}

// heldBy says why what is offered is not what was computed.
func heldBy(before, computed, offered, drawn credit.Fen) string {
	switch {
	case offered == computed:
		return ""
	case offered == before && drawn < before:
		return "hysteresis"
	case computed < offered && offered == min(drawn, before):
		return "drawn"
	case computed > offered:
		return "most rise"
	}
	return "most cut"
}

func (r diffRow) cells() []string {
	cny := func(f credit.Fen) string { return f.String() }
	row := []string{fields.Cell(r.HouseholdID), fields.Cell(r.Village), r.move, "", "", "", cny(r.drawn), "", r.heldBy}
	if r.Before.Decided {
		row[3] = cny(credit.Fen(r.Before.LineFen))
	}
	if r.After.Decided {
		row[4] = cny(credit.Fen(r.After.LineFen))
	}
	if r.Before.Decided && r.After.Decided {
		row[5] = cny(credit.Fen(r.After.LineFen - r.Before.LineFen))
	}
	if r.offered != nil {
		row[7] = cny(*r.offered)
	}
	for _, g := range change.Groups() {
		if r.why == nil {
			row = append(row, "")
			continue
		}
		row = append(row, cny(r.why.Of(g)))
	}
	strongest := ""
	if r.why != nil {
		strongest = string(r.why.Strongest())
	}
	return append(row, strongest, strconv.FormatBool(r.Before.Referred), strconv.FormatBool(r.After.Referred), fields.Cell(r.note))
}

// readDrawn reads what is drawn on lines.
func readDrawn(path string) (map[string]credit.Fen, error) {
	out := map[string]credit.Fen{}
	if path == "" {
		return out, nil
	}
	err := withFile(path, func(r io.Reader) error {
		rows, err := csv.NewReader(r).ReadAll()
		if err != nil {
			return err
		}
		if len(rows) == 0 || len(rows[0]) != 2 || rows[0][0] != "household_id" || rows[0][1] != "drawn_cny" {
			return fmt.Errorf("want the columns household_id,drawn_cny")
		}
		for i, row := range rows[1:] {
			yuan, err := strconv.ParseFloat(row[1], 64)
			if err != nil || !(yuan >= 0 && yuan < 1e10) {
				return fmt.Errorf("row %d: %q is no amount of yuan", i+2, row[1])
			}
			if _, twice := out[row[0]]; twice {
				return fmt.Errorf("row %d: household %s is given twice", i+2, row[0])
			}
			out[row[0]] = credit.RoundFen(yuan)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return out, nil
}
