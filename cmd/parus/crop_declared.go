package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"parus/fields/registry"
)

// readDeclared reads declarations from CSV with the columns parcel_id and crop
// and, where they are there, household_id, year, season (winter, summer) and
// sown: what registry plantings writes.
func readDeclared(r io.Reader) ([]registry.Planting, error) {
	in := csv.NewReader(r)
	head, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty: want a header and rows")
	}
	if err != nil {
		return nil, err
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	at := func(name string) int { return slices.Index(head, name) }
	if at("parcel_id") < 0 || at("crop") < 0 {
		return nil, fmt.Errorf("want the columns parcel_id and crop, have %s: give what `parus registry plantings` wrote", strings.Join(head, ", "))
	}
	var out []registry.Planting
	for {
		rec, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		cell := func(name string) string {
			if i := at(name); i >= 0 {
				return rec[i]
			}
			return ""
		}
		line, _ := in.FieldPos(0)
		p := registry.Planting{Row: line - 1, ParcelID: cell("parcel_id"), HouseholdID: cell("household_id"), Crop: cell("crop")}
		if p.ParcelID == "" || p.Crop == "" {
			return nil, fmt.Errorf("line %d: parcel_id and crop must not be empty", line)
		}
		if y := cell("year"); y != "" {
			if p.Year, err = strconv.Atoi(y); err != nil {
				return nil, fmt.Errorf("line %d: column year: %q is no year", line, y)
			}
		}
		switch season := cell("season"); season {
		case "", "summer":
		case "winter":
			p.Winter = true
		default:
			return nil, fmt.Errorf("line %d: column season: %q is neither winter nor summer", line, season)
		}
		if d := cell("sown"); d != "" {
			if p.Sown, err = time.Parse(time.DateOnly, d); err != nil {
				return nil, fmt.Errorf("line %d: column sown: %q is no date: want YYYY-MM-DD", line, d)
			}
		}
		out = append(out, p)
	}
}
