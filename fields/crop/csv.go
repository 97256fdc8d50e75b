package crop

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Columns says how to read samples from CSV in long form: one row a sample and
// date, with a header. Column names are the file's own.
type Columns struct {
	ID         string            // [sample_id]
	Date       string            // [date]; YYYY-MM-DD, with or without a time of day (UTC)
	Label      string            // [label]; read only where Labelled
	Group      string            // [none]
	Labelled   bool              // the label column is read and must be there
	Ignore     []string          // columns that are no features
	Layers     []string          // where given, the only features, by canonical name; others are passed over
	NoData     []float64         // numbers that stand for a gap
	Rename     map[string]string // label → label
	DropLabels []string          // labels (before renaming) whose samples are left out
}

// SampleSet is what [ReadSamples] read: samples in the order in which their
// first rows came.
type SampleSet struct {
	Samples []Sample
	Labels  []string // parallel to Samples; nil where not Labelled
	Groups  []string // parallel to Samples; nil without a group column
	Rows    int
	Dropped int      // samples left out for their label, or for want of one
	Notes   []string // what a person should know, in words
}

// ReadSamples reads samples from CSV. Empty cells, "NaN", "NA" and "null" are
// gaps; columns that cannot be read as numbers, an infinite value, a number that
// many files use for a gap and [Columns.NoData] does not name, a date that is none
// or comes twice within a sample, a label or group that changes within one, and
// text that is not UTF-8 are errors that name line and column.
func ReadSamples(r io.Reader, c Columns) (*SampleSet, error) {
	t := &sampleReader{c: c.withDefaults(), csv: csv.NewReader(r), dates: map[string]time.Time{}, at: map[string]int{}}
	t.csv.ReuseRecord = true
	if err := t.header(); err != nil {
		return nil, fmt.Errorf("read samples: %w", err)
	}
	if err := t.rows(); err != nil {
		return nil, fmt.Errorf("read samples: %w", err)
	}
	return t.finish()
}

func (c Columns) withDefaults() Columns {
	set := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	set(&c.ID, "sample_id")
	set(&c.Date, "date")
	set(&c.Label, "label")
	return c
}

type sampleReader struct {
	c                      Columns
	csv                    *csv.Reader
	names                  []string // of the feature columns
	cols                   []int    // their positions
	id, date, label, group int
	set                    SampleSet
	at                     map[string]int
	dates                  map[string]time.Time
	bad                    []string // feature columns that hold no numbers
	sawNumber              []bool
}

func (t *sampleReader) header() error {
	names, err := readHeader(t.csv)
	if err != nil {
		return err
	}
	find := func(name string) int { return slices.Index(names, name) }
	t.id, t.date, t.label, t.group = find(t.c.ID), find(t.c.Date), -1, -1
	var missing []string
	if t.id < 0 {
		missing = append(missing, t.c.ID)
	}
	if t.date < 0 {
		missing = append(missing, t.c.Date)
	}
	if t.c.Labelled {
		if t.label = find(t.c.Label); t.label < 0 {
			missing = append(missing, t.c.Label)
		}
	}
	if t.c.Group != "" {
		if t.group = find(t.c.Group); t.group < 0 {
			missing = append(missing, t.c.Group)
		}
	}
	for _, n := range t.c.Ignore {
		if find(n) < 0 {
			missing = append(missing, n)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("no column %s in the header (%s)", strings.Join(missing, ", "), strings.Join(names, ", "))
	}
	for i, n := range names {
		if i == t.id || i == t.date || i == t.label || i == t.group || n == t.c.Label || slices.Contains(t.c.Ignore, n) {
			continue
		}
		if t.c.Layers != nil && !slices.Contains(t.c.Layers, CanonicalLayer(n)) {
			continue
		}
		t.names, t.cols = append(t.names, n), append(t.cols, i)
	}
	t.sawNumber = make([]bool, len(t.cols))
	if len(t.cols) == 0 {
		return fmt.Errorf("no feature column in the header (%s)", strings.Join(names, ", "))
	}
	return nil
}

func (t *sampleReader) rows() error {
	values := make([]float32, len(t.cols))
	for {
		rec, err := t.csv.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return readable(err)
		}
		t.set.Rows++
		if err := t.row(rec, values); err != nil {
			line, _ := t.csv.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
	if len(t.bad) > 0 {
		return fmt.Errorf("columns without numbers: %s: leave them out with --ignore %s", strings.Join(t.bad, ", "), strings.Join(t.bad, ","))
	}
	if t.set.Rows == 0 {
		return errors.New("the file has a header but no row")
	}
	return t.unmeasured()
}

func (t *sampleReader) row(rec []string, values []float32) error {
	if err := t.words(rec); err != nil {
		return err
	}
	id := rec[t.id]
	date, err := t.parseDate(rec[t.date])
	if err != nil {
		return err
	}
	for j, c := range t.cols {
		if values[j], err = t.parse(rec[c]); err != nil {
			if t.sawNumber[j] || errors.Is(err, errNoMeasurement) {
				return fmt.Errorf("column %s: %w", t.names[j], err)
			}
			if !slices.Contains(t.bad, t.names[j]) {
				t.bad = append(t.bad, t.names[j])
			}
			continue
		}
		t.sawNumber[j] = t.sawNumber[j] || values[j] == values[j]
	}
	i, seen := t.at[id]
	if !seen {
		i = t.add(id, rec)
	}
	if err := t.same(i, rec); err != nil {
		return err
	}
	s := &t.set.Samples[i]
	if n := len(s.Dates); n > 0 && !date.After(s.Dates[n-1]) && slices.ContainsFunc(s.Dates, date.Equal) {
		return fmt.Errorf("column %s: sample %q has a row of %s before: keep one row a sample and date", t.c.Date, s.ID, date.Format(time.DateOnly))
	}
	s.Dates = append(s.Dates, date)
	for j, v := range values {
		s.Values[j] = append(s.Values[j], v)
	}
	return nil
}

// add starts a new sample.
func (t *sampleReader) add(id string, rec []string) int {
	i := len(t.set.Samples)
	id = strings.Clone(id)
	t.at[id] = i
	t.set.Samples = append(t.set.Samples, Sample{ID: id, Layers: t.names, Values: make([][]float32, len(t.cols))})
	if t.label >= 0 {
		t.set.Labels = append(t.set.Labels, strings.Clone(rec[t.label]))
	}
	if t.group >= 0 {
		t.set.Groups = append(t.set.Groups, strings.Clone(rec[t.group]))
	}
	return i
}

func (t *sampleReader) same(i int, rec []string) error {
	if t.label >= 0 && t.set.Labels[i] != rec[t.label] {
		return fmt.Errorf("sample %q is labelled %q here and %q before: one sample is one parcel and season", t.set.Samples[i].ID, rec[t.label], t.set.Labels[i])
	}
	if t.group >= 0 && t.set.Groups[i] != rec[t.group] {
		return fmt.Errorf("sample %q is in group %q here and %q before", t.set.Samples[i].ID, rec[t.group], t.set.Groups[i])
	}
	return nil
}

func (t *sampleReader) parseDate(s string) (time.Time, error) {
	if d, ok := t.dates[s]; ok {
		return d, nil
	}
	for _, layout := range []string{time.DateOnly, time.DateTime, "2006-01-02 15:04:05-07:00", time.RFC3339, "2006-01-02T15:04:05", "20060102"} {
		if d, err := time.Parse(layout, s); err == nil {
			d = midnight(d)
			t.dates[strings.Clone(s)] = d
			return d, nil
		}
	}
	return time.Time{}, fmt.Errorf("column %s: %q is no date: want YYYY-MM-DD", t.c.Date, printable(s))
}

func (t *sampleReader) parse(s string) (float32, error) {
	s = strings.TrimSpace(s)
	switch s {
	case "", "NA", "NaN", "nan", "null", "NULL":
		return nan32, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if math.IsInf(v, 0) || math.Abs(v) > math.MaxFloat32 {
		return nan32, fmt.Errorf("infinite value %q: %w: leave the cell empty where there is none", s, errNoMeasurement)
	}
	if err != nil {
		return nan32, fmt.Errorf("%q is no number", printable(s))
	}
	if slices.Contains(t.c.NoData, v) {
		return nan32, nil
	}
	if slices.Contains(marksOfGaps(), v) {
		return nan32, fmt.Errorf("%s: %w, as it stands for a gap in many files: say so with --nodata=%s", s, errNoMeasurement, s)
	}
	return float32(v), nil
}

// finish renames and drops labels.
func (t *sampleReader) finish() (*SampleSet, error) {
	set := &t.set
	set.Notes = append(set.Notes, t.still()...)
	if t.label < 0 {
		return set, nil
	}
	out := &SampleSet{Rows: set.Rows, Notes: set.Notes}
	unlabelled := 0
	for i, l := range set.Labels {
		if slices.Contains(t.c.DropLabels, l) {
			out.Dropped++
			continue
		}
		if to, ok := t.c.Rename[l]; ok {
			l = to
		}
		if l == "" {
			unlabelled++
			continue
		}
		out.Samples, out.Labels = append(out.Samples, set.Samples[i]), append(out.Labels, l)
		if set.Groups != nil {
			out.Groups = append(out.Groups, set.Groups[i])
		}
	}
	if unlabelled > 0 {
		out.Dropped += unlabelled
		out.Notes = append(out.Notes, fmt.Sprintf("%d samples without a label are left out", unlabelled))
	}
	if len(out.Samples) == 0 {
		return nil, fmt.Errorf("read samples: none of the %d samples keeps its label", len(set.Samples))
	}
	return out, nil
}
