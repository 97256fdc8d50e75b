package monitor

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"parus/credit"
)

// PastDueDays is the definition of bad: principal or interest unpaid for more
// than 90 days. Sources: Basel framework, CRE36.69 (default); 商业银行金融资产
// 风险分类办法, 2023, art. 10: overdue by more than 90 days is substandard at least.
const PastDueDays = 90

// Outcome is how one loan ended, or stands once it can be judged.
type Outcome struct {
	County    string
	Household string
	Season    string
	PD        float64 // foretold; NaN: not known
	Bad       bool
	AmountFen credit.Fen
	DueDate   credit.Date
	BadOn     credit.Date // the day on which it became bad; zero: unknown
	SeenUntil credit.Date // the last day on which it was looked at; zero: unknown
}

// ReadOutcomes reads a table of outcomes: county, household_id, season and
// either bad (0 or 1) or days_past_due, from which bad follows by
// [PastDueDays]. Further columns, each of which may be missing or empty: pd,
// amount_cny, due_date, bad_on, seen_until. Others are left alone. Every error
// names the row.
func ReadOutcomes(r io.Reader) ([]Outcome, error) {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	head, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("outcomes: the table is empty: want a header and a row for each loan")
	}
	if err != nil {
		return nil, fmt.Errorf("outcomes: %w", err)
	}
	at := map[string]int{}
	for i, h := range head {
		h = strings.TrimSpace(strings.TrimPrefix(h, "\ufeff"))
		if _, twice := at[h]; twice {
			return nil, fmt.Errorf("outcomes: column %q is there twice", h)
		}
		at[h] = i
	}
	for _, c := range []string{"county", "household_id", "season"} {
		if _, ok := at[c]; !ok {
			return nil, fmt.Errorf("outcomes: no column %q", c)
		}
	}
	_, told := at["bad"]
	if _, days := at["days_past_due"]; !told && !days {
		return nil, errors.New(`outcomes: no column "bad" or "days_past_due"`)
	}
	var out []Outcome
	seen := map[string]int{}
	for row := 2; ; row++ {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("outcomes: %w", err)
		}
		o, err := readOutcome(func(name string) string {
			if i, ok := at[name]; ok {
				return strings.TrimSpace(cells[i])
			}
			return ""
		})
		if err != nil {
			return nil, fmt.Errorf("outcomes, row %d: %w", row, err)
		}
		key := o.County + "\x00" + o.Season + "\x00" + o.Household
		if first, twice := seen[key]; twice {
			return nil, fmt.Errorf("outcomes, row %d: household %s of season %s was in row %d already", row, o.Household, o.Season, first)
		}
		seen[key] = row
		out = append(out, o)
	}
}

func readOutcome(cell func(string) string) (Outcome, error) {
	o := Outcome{County: strings.Clone(cell("county")), Household: strings.Clone(cell("household_id")), Season: strings.Clone(cell("season")), PD: math.NaN()}
	if o.County == "" || o.Household == "" || o.Season == "" {
		return o, errors.New("county, household_id and season must be given")
	}
	var err error
	if o.Bad, err = readBad(cell("bad"), cell("days_past_due")); err != nil {
		return o, err
	}
	if s := cell("pd"); s != "" {
		if o.PD, err = strconv.ParseFloat(s, 64); err != nil || !(o.PD >= 0 && o.PD <= 1) {
			return o, fmt.Errorf("pd %q: want 0 to 1", s)
		}
	}
	if s := cell("amount_cny"); s != "" {
		yuan, err := strconv.ParseFloat(s, 64)
		if err != nil || !(yuan >= 0 && yuan < 1e9) {
			return o, fmt.Errorf("amount_cny %q: want an amount in yuan", s)
		}
		o.AmountFen = credit.RoundFen(yuan)
	}
	for _, d := range []struct {
		name string
		into *credit.Date
	}{{"due_date", &o.DueDate}, {"bad_on", &o.BadOn}, {"seen_until", &o.SeenUntil}} {
		if s := cell(d.name); s != "" {
			if *d.into, err = credit.ParseDate(s); err != nil {
				return o, fmt.Errorf("%s: %w", d.name, err)
			}
		}
	}
	if !o.Bad && !o.BadOn.IsZero() {
		return o, fmt.Errorf("it is not bad, but became so on %s", o.BadOn)
	}
	return o, nil
}

// readBad follows bad where it is told, else the days past due.
func readBad(bad, days string) (bool, error) {
	switch bad {
	case "1":
		return true, nil
	case "0":
		return false, nil
	case "":
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 {
			return false, fmt.Errorf("bad is empty and days_past_due is %q: want a number of days", days)
		}
		return n > PastDueDays, nil
	}
	return false, fmt.Errorf("bad %q: want 0 or 1", bad)
}
