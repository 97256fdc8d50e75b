package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parus/fields/catalogue"
	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/internal/report"
)

// looking is what the verbs share that look at published scores afterwards.
type looking struct {
	platform
	County string `required:"" placeholder:"CODE" help:"Code of the county."`
	Season string `required:"" placeholder:"NAME" help:"Season; its publication in force is looked at."`
	lookout
}

// lookout is where such a verb writes what it found.
type lookout struct {
	Out    string `short:"o" type:"path" placeholder:"FILE" help:"A report (.html), or .json or .csv; default: JSON to the standard output."`
	NoKeep bool   `help:"Do not keep the result with the publication."`
}

// with opens the database within the county and finds the publication.
func (l looking) with(ctx context.Context, s *streams, f func(*postgis.DB, publication.Publication) error) (err error) {
	if err := l.check(); err != nil {
		return err
	}
	b, err := l.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	db := b.db.Within([]string{l.County})
	p, err := inForce(ctx, db, l.County, l.Season)
	if err != nil {
		return err
	}
	return f(db, p)
}

// inForce is the one publication in force of a county's season.
func inForce(ctx context.Context, db *postgis.DB, county, season string) (publication.Publication, error) {
	list, err := db.InForce(ctx, all, county, season)
	if err != nil {
		return publication.Publication{}, err
	}
	for _, p := range list {
		if p.County == county {
			return p, nil
		}
	}
	return publication.Publication{}, fmt.Errorf("county %s has published no season %s: run it with `parus run`", county, season)
}

// titleOf names a publication.
func titleOf(p publication.Publication) report.Words {
	return report.Words{Zh: fmt.Sprintf("%s（%s）%s 季", p.CountyName, p.County, p.Season), En: fmt.Sprintf("county %s, season %s", p.County, p.Season)}
}

// check refuses a format that nobody writes before any work is done.
func (f lookout) check() error {
	switch ext := strings.ToLower(filepath.Ext(f.Out)); {
	case f.Out == "" || f.Out == "-" || ext == ".html" || ext == ".json" || ext == ".csv":
		return nil
	default:
		return usageError{fmt.Errorf("-o %s: the name must end in .html, .json or .csv", f.Out)}
	}
}

// write writes a result in the format of the file's name.
func (f lookout) write(s *streams, result any, sheet report.Sheet) error {
	return writeWhole(f.Out, s.Out, func(w io.Writer) error {
		switch strings.ToLower(filepath.Ext(f.Out)) {
		case ".html":
			return report.WriteSheet(w, sheet)
		case ".csv":
			return report.WriteSheetCSV(w, sheet)
		}
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(result)
	})
}

// keep keeps a result with its publication.
func (f lookout) keep(ctx context.Context, db *postgis.DB, id int64, kind publication.MonitoringKind, result any) error {
	if f.NoKeep {
		return nil
	}
	raw, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("keep the %s of publication %d: %w", kind, id, err)
	}
	return db.KeepMonitoring(ctx, id, publication.Monitoring{Kind: kind, At: time.Now().UTC(), Actor: whoami(), Result: raw})
}

// cropWords names crops as the catalogue does.
func cropWords() (report.Names, error) {
	cat, err := catalogue.Load()
	if err != nil {
		return nil, err
	}
	known := cat.Codes()
	return func(code string) report.Words {
		switch {
		case code == "":
			return report.Words{Zh: "未知作物", En: "unknown crop"}
		case slices.Contains(known, code):
			n := cat.Name(code)
			return report.Words{Zh: n.ZH, En: n.EN}
		}
		return report.Words{Zh: code}
	}, nil
}
