package crop

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// ReadDoubts reads what [WriteDoubts] wrote.
func ReadDoubts(r io.Reader) ([]Doubt, error) {
	t, err := openTable(r, "sample_id", "label", "suggested", "p_label", "p_suggested")
	if err != nil {
		return nil, fmt.Errorf("read doubts: %w", err)
	}
	var out []Doubt
	seen := map[string]bool{}
	for {
		more, err := t.next()
		if err != nil {
			return nil, fmt.Errorf("read doubts: %w", err)
		}
		if !more {
			return out, nil
		}
		d := Doubt{ID: strings.Clone(t.cell("sample_id")), Label: strings.Clone(t.cell("label")), Suggested: strings.Clone(t.cell("suggested"))}
		if d.ID == "" || seen[d.ID] {
			return nil, fmt.Errorf("read doubts: line %d: sample_id %q is empty or comes twice", t.line, d.ID)
		}
		seen[d.ID] = true
		for _, c := range []struct {
			name string
			to   *float64
		}{{"p_label", &d.P}, {"p_suggested", &d.PSuggested}} {
			if *c.to, err = t.number(c.name); err != nil || !(*c.to <= 1) {
				return nil, fmt.Errorf("read doubts: line %d: column %s: %q is not between 0 and 1", t.line, c.name, t.cell(c.name))
			}
		}
		out = append(out, d)
	}
}

// SampleWriter writes labelled series as [ReadSamples] reads them: sample_id,
// date, label, group, then one column a layer. Samples without a layer have empty
// cells there.
type SampleWriter struct {
	out    *csv.Writer
	layers []string
	row    []string
}

// NewSampleWriter writes the header; group is the name of the group's column.
func NewSampleWriter(w io.Writer, group string, layers []string) (*SampleWriter, error) {
	s := &SampleWriter{out: csv.NewWriter(w), layers: layers}
	if err := s.out.Write(append([]string{"sample_id", "date", "label", group}, layers...)); err != nil {
		return nil, fmt.Errorf("write samples: %w", err)
	}
	return s, nil
}

// Write writes one row a date on which anything was measured.
func (s *SampleWriter) Write(x Sample, label, group string) error {
	at := make([]int, len(s.layers))
	for j, name := range s.layers {
		at[j] = -1
		for l, n := range x.Layers {
			if n == name {
				at[j] = l
			}
		}
	}
	for d, date := range x.Dates {
		s.row = append(s.row[:0], x.ID, date.Format(time.DateOnly), label, group)
		measured := false
		for _, l := range at {
			cell := ""
			if l >= 0 {
				if v := x.Values[l][d]; v == v {
					cell, measured = strconv.FormatFloat(float64(v), 'g', -1, 32), true
				}
			}
			s.row = append(s.row, cell)
		}
		if !measured {
			continue
		}
		if err := s.out.Write(s.row); err != nil {
			return fmt.Errorf("write sample %s: %w", x.ID, err)
		}
	}
	return nil
}

// Flush ends the table.
func (s *SampleWriter) Flush() error {
	s.out.Flush()
	if err := s.out.Error(); err != nil {
		return fmt.Errorf("write samples: %w", err)
	}
	return nil
}
