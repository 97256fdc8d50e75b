package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"golang.org/x/term"

	"parus/internal/handover/sheet"
)

// appsExportCmd writes applications, or scored lines before there are
// any, for people.
type appsExportCmd struct {
	platform
	County string `required:"" placeholder:"CODE" help:"County code of six digits."`
	Season string `placeholder:"NAME" help:"Season; default: all."`
	Of     string `enum:",applications,lines" default:"" help:"applications, or the lines that are published; default: applications, where there are none lines."`
	Format string `enum:"csv,xlsx" default:"xlsx" help:"${enum}."`
	Lang   string `enum:"both,zh,en" default:"both" help:"Language of headers and words: ${enum}."`
	Table  string `enum:"applications,schedule,reasons" default:"applications" help:"Of a CSV: ${enum}. A workbook has all three."`
	Output string `short:"o" type:"path" placeholder:"FILE" help:"Where to write; default: stdout."`
}

// Run fails where there is nothing to write.
func (c *appsExportCmd) Run(ctx context.Context, s *streams) (err error) {
	if c.Format == "xlsx" && (c.Output == "" || c.Output == "-") && isTerminal(s.Out) {
		return usageError{errors.New("name a file for the workbook with -o")}
	}
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	h := b.db.Handover()
	sources := []struct {
		name string
		rows iter.Seq2[sheet.Row, error]
	}{{"applications", h.ApplicationRows(ctx, c.County, c.Season)}, {"lines", h.LineRows(ctx, c.County, c.Season)}}
	for _, source := range sources {
		if c.Of != "" && c.Of != source.name {
			continue
		}
		some, err := anyRow(source.rows)
		if err != nil {
			return fmt.Errorf("export %s of county %s: %w", source.name, c.County, err)
		}
		if some {
			return c.write(s, source.name, source.rows)
		}
	}
	return fmt.Errorf("county %s has nothing to export in season %q: see `parus rescore`", c.County, c.Season)
}

// anyRow tells whether there is one, so that nothing is written where not.
func anyRow(rows iter.Seq2[sheet.Row, error]) (bool, error) {
	for _, err := range rows {
		return err == nil, err
	}
	return false, nil
}

func (c *appsExportCmd) write(s *streams, what string, rows iter.Seq2[sheet.Row, error]) error {
	layout := sheet.Layout{Format: sheet.Format(c.Format), Language: sheet.Language(c.Lang), Table: c.Table}
	n := 0
	err := writeWhole(c.Output, s.Out, func(w io.Writer) (err error) {
		n, err = sheet.Write(w, layout, rows)
		return err
	})
	if err != nil {
		return fmt.Errorf("export %s of county %s: %w", what, c.County, err)
	}
	fmt.Fprintf(s.Err, "parus: %d %s\n", n, what)
	return nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
