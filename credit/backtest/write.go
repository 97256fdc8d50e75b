package backtest

import (
	_ "embed" // the page
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"parus/credit"
	"parus/fields"
)

// Columns are those of the table of households, see [CSV].
func Columns() []string {
	return []string{"household_id", "village", "crop", "line_before_cny", "line_after_cny", "change_cny", "pd_before", "pd_after",
		"status_before", "status_after", "binding_before", "binding_after", "rules"}
}

// CSV writes a row for every pair: UTF-8 with a header. Call Flush at the end.
type CSV struct{ w *csv.Writer }

// NewCSV writes the header.
func NewCSV(w io.Writer) (*CSV, error) {
	c := &CSV{csv.NewWriter(w)}
	return c, c.w.Write(Columns())
}

// Add writes one pair.
func (c *CSV) Add(p Pair) error {
	rules := make([]string, len(p.Rules))
	for i, h := range p.Rules {
		rules[i] = h.Name
	}
	rate := func(x float64) string { return strconv.FormatFloat(x, 'f', 4, 64) }
	return c.w.Write([]string{fields.Cell(p.Household), fields.Cell(p.Village), fields.Cell(p.Crop), p.Before.LineFen.String(), p.After.LineFen.String(), p.ChangeFen().String(),
		rate(p.Before.PD), rate(p.After.PD), p.Before.status(), p.After.status(), p.Before.Binding, p.After.Binding, fields.Cell(strings.Join(rules, ";"))})
}

// Flush writes what is left.
func (c *CSV) Flush() error {
	c.w.Flush()
	return c.w.Error()
}

func (s Side) status() string {
	switch {
	case s.Rejected:
		return "rejected"
	case s.Referred:
		return "referred"
	case s.LineFen == 0:
		return "none"
	default:
		return "approved"
	}
}

// WriteJSON writes the report.
func WriteJSON(w io.Writer, r Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

//go:embed page.html
var page string

// WriteHTML writes the report as one page that stands by itself, Chinese first.
func WriteHTML(w io.Writer, r Report) error {
	t, err := template.New("backtest").Funcs(template.FuncMap{
		"yuan": yuan, "change": func(a, b credit.Fen) string { return signed(b - a) }, "signed": signed,
		"percent": func(x float64) string { return fmt.Sprintf("%.2f%%", 100*x) },
		"edges":   edges,
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, r)
}

// yuan writes whole units.
func yuan(f credit.Fen) string { return (f / credit.FenPerYuan * credit.FenPerYuan).Grouped() }

func signed(f credit.Fen) string {
	if f > 0 {
		return "+" + yuan(f)
	}
	return yuan(f)
}

// edges writes a bucket in whole units.
func edges(b Bucket) string {
	const open = credit.Fen(1e13)
	switch {
	case b.FromFen == -open:
		return "≤ " + yuan(b.ToFen-1)
	case b.ToFen == open:
		return "≥ " + signed(b.FromFen)
	case b.FromFen == 0 && b.ToFen == 1:
		return "0"
	case b.ToFen == 0:
		return yuan(b.FromFen-1) + " … 0"
	case b.FromFen == 1:
		return "0 … " + signed(b.ToFen)
	case b.ToFen < 0:
		return yuan(b.FromFen-1) + " … " + yuan(b.ToFen-1)
	default:
		return signed(b.FromFen) + " … " + signed(b.ToFen)
	}
}

// WriteText writes the report in a few lines for a terminal.
func WriteText(w io.Writer, r Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "policy %s on %s %s (run %d): %d households, %d could not be compared\n", r.Policy, r.County, r.Season, r.Run, r.Households, r.Failed)
	fmt.Fprintf(&b, "  gain %d, lose %d, same %d; change P5 %s, median %s, P95 %s %s\n", r.Gain, r.Lose, r.Same,
		signed(r.Changes.P5Fen), signed(r.Changes.P50Fen), signed(r.Changes.P95Fen), r.Currency)
	for _, x := range []struct {
		name string
		t    Total
	}{{"before", r.Before}, {"after ", r.After}} {
		fmt.Fprintf(&b, "  %s  lines %s, approved %d (%.1f %%), referred %d, rejected %d, mean PD %.2f %%, expected loss %s, capital %s\n", x.name,
			yuan(x.t.LineFen), x.t.Approved, 100*x.t.ApprovalRate, x.t.Referred, x.t.Rejected, 100*x.t.MeanPD, yuan(x.t.ExpectedLossFen), yuan(x.t.CapitalFen))
	}
	for _, c := range r.Rules {
		if slices.Contains(r.Pending, c.Name) {
			continue // told below: it was not evaluated
		}
		fmt.Fprintf(&b, "  rule %s (%s): %d households\n", c.Name, c.Then, c.Count)
	}
	for _, name := range r.Pending {
		fmt.Fprintf(&b, "  rule %s waits for applications: a past season tells nothing of it\n", name)
	}
	for _, x := range r.Warnings {
		fmt.Fprintf(&b, "  warning: %s\n", x.EN)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
