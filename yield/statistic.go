package yield

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Statistic is one year's yield of a crop in a county.
type Statistic struct {
	Crop    string  // catalogue code
	Year    int     // of the harvest
	KgPerHa float64 // as reported; FitPrior repairs kg/mu, jin/mu and t/ha
}

// ReadStatistics reads a CSV with the columns crop, year, yield_kg_ha; others
// are ignored and rows with an empty yield are gaps. A cell that is no number
// is an error that names its line.
func ReadStatistics(r io.Reader) ([]Statistic, error) {
	rows := csv.NewReader(r)
	rows.TrimLeadingSpace = true
	head, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("statistics: header: %w", err)
	}
	at := columns(head)
	crop, ok1 := at["crop"]
	year, ok2 := at["year"]
	value, ok3 := at["yield_kg_ha"]
	if !ok1 || !ok2 || !ok3 {
		return nil, errors.New("statistics: want the columns crop,year,yield_kg_ha")
	}
	var out []Statistic
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("statistics: %w", err)
		}
		line, _ := rows.FieldPos(0)
		if strings.TrimSpace(row[value]) == "" {
			continue
		}
		y, err := strconv.Atoi(strings.TrimSpace(row[year]))
		if err != nil {
			return nil, fmt.Errorf("statistics: line %d: year %q is not a whole number", line, row[year])
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(row[value]), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("statistics: line %d: yield %q is not a number", line, row[value])
		}
		out = append(out, Statistic{strings.TrimSpace(row[crop]), y, v})
	}
}

// columns maps lower-case header names to their place.
func columns(head []string) map[string]int {
	at := make(map[string]int, len(head))
	for i, h := range head {
		at[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))] = i
	}
	return at
}

// Plausible yields lie between these multiples of the national one; the best
// countries reach three times China's mean of some crops, failed harvests a
// tenth.
const (
	leastPlausible = 0.1
	mostPlausible  = 4.0
)
