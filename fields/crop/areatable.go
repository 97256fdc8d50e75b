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

	"parus/fields"
)

// tableReader reads CSV by the names of its columns.
type tableReader struct {
	csv  *csv.Reader
	at   map[string]int
	rec  []string
	line int
}

// openTable reads the header; required columns that are missing are an error.
func openTable(r io.Reader, required ...string) (*tableReader, error) {
	t := &tableReader{csv: csv.NewReader(r), at: map[string]int{}}
	t.csv.ReuseRecord = true
	head, err := readHeader(t.csv)
	if err != nil {
		return nil, err
	}
	var missing []string
	for i, n := range head {
		t.at[n] = i
	}
	for _, n := range required {
		if _, ok := t.at[n]; !ok {
			missing = append(missing, n)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("no column %s in the header (%s)", strings.Join(missing, ", "), strings.Join(head, ", "))
	}
	return t, nil
}

// next tells whether there is another row.
func (t *tableReader) next() (bool, error) {
	rec, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, readable(err)
	}
	t.rec = rec
	t.line, _ = t.csv.FieldPos(0)
	return true, nil
}

func (t *tableReader) cell(column string) string {
	i, ok := t.at[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(t.rec[i])
}

func (t *tableReader) has(column string) bool {
	_, ok := t.at[column]
	return ok
}

// number reads a finite number of at least 0; an empty cell is NaN.
func (t *tableReader) number(column string) (float64, error) {
	s := t.cell(column)
	if s == "" {
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("line %d: column %s: %q is no number of 0 or more", t.line, column, s)
	}
	return v, nil
}

// ReadMapped reads a map of crops from CSV with the columns parcel_id, area_ha,
// crop and, where it is there, p_crop: parcels.csv of a run. A parcel without a
// crop is [Unmapped].
func ReadMapped(r io.Reader) ([]Mapped, error) {
	t, err := openTable(r, "parcel_id", "area_ha", "crop")
	if err != nil {
		return nil, fmt.Errorf("read parcels: %w", err)
	}
	var out []Mapped
	seen := map[string]bool{}
	for {
		more, err := t.next()
		if err != nil {
			return nil, fmt.Errorf("read parcels: %w", err)
		}
		if !more {
			break
		}
		m := Mapped{ID: strings.Clone(t.cell("parcel_id")), Crop: strings.Clone(t.cell("crop"))}
		if m.Crop == "" {
			m.Crop = Unmapped
		}
		if m.Hectares, err = t.number("area_ha"); err == nil {
			m.P, err = t.number("p_crop")
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("read parcels: %w", err)
		case m.ID == "" || seen[m.ID]:
			return nil, fmt.Errorf("read parcels: line %d: parcel_id %q is empty or comes twice", t.line, m.ID)
		case math.IsNaN(m.Hectares):
			return nil, fmt.Errorf("read parcels: line %d: column area_ha is empty", t.line)
		}
		if math.IsNaN(m.P) {
			m.P = 0
		}
		seen[m.ID] = true
		out = append(out, m)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("read parcels: the file has a header but no row")
	}
	return out, nil
}

// Reference is what somebody found on the parcels of a sample.
type Reference struct {
	Visits    []Visit
	Unvisited int       // rows without a label
	Inclusion Inclusion // as the table says, "" where it does not
}

// Visit is one parcel of it.
type Visit struct {
	ID, Truth string
	Stratum   string // for which it was drawn, "" where the table does not say
	Draws     int
}

// ReadReference reads a reference sample from CSV with the columns parcel_id and
// label and, where they are there, draws, stratum and inclusion: what
// [WriteDesign] wrote, with labels filled in. name turns a label into the map's
// code of the crop and fails for one that it does not know.
func ReadReference(r io.Reader, name func(label string) (string, error)) (Reference, error) {
	var out Reference
	t, err := openTable(r, "parcel_id", "label")
	if err != nil {
		return out, fmt.Errorf("read reference: %w", err)
	}
	seen := map[string]bool{}
	for {
		more, err := t.next()
		if err != nil {
			return out, fmt.Errorf("read reference: %w", err)
		}
		if !more {
			return out, nil
		}
		v := Visit{ID: strings.Clone(t.cell("parcel_id")), Stratum: strings.Clone(t.cell("stratum")), Draws: 1}
		if v.ID == "" || seen[v.ID] {
			return out, fmt.Errorf("read reference: line %d: parcel_id %q is empty or comes twice: a parcel drawn twice has draws 2", t.line, v.ID)
		}
		seen[v.ID] = true
		if t.has("draws") {
			if v.Draws, err = strconv.Atoi(t.cell("draws")); err != nil || v.Draws < 1 {
				return out, fmt.Errorf("read reference: line %d: column draws: %q is no count", t.line, t.cell("draws"))
			}
		}
		if t.has("inclusion") {
			i := Inclusion(strings.Clone(t.cell("inclusion")))
			if i != ByCount && i != ByArea || out.Inclusion != "" && i != out.Inclusion {
				return out, fmt.Errorf("read reference: line %d: column inclusion: %q: want %q or %q, the same in every row", t.line, i, ByCount, ByArea)
			}
			out.Inclusion = i
		}
		if t.cell("label") == "" {
			out.Unvisited++
			continue
		}
		if v.Truth, err = name(strings.Clone(t.cell("label"))); err != nil {
			return out, fmt.Errorf("read reference: line %d: column label: %w", t.line, err)
		}
		out.Visits = append(out.Visits, v)
	}
}

// Match finds the parcels of a reference on the map. A parcel that the map lacks
// or that was drawn for another crop than the map gives it now is an error: the
// sample then is one of another map.
func (r Reference) Match(parcels []Mapped) ([]Checked, error) {
	at := make(map[string]int, len(parcels))
	for i := range parcels {
		at[parcels[i].ID] = i
	}
	var out []Checked
	for _, v := range r.Visits {
		i, ok := at[v.ID]
		if !ok {
			return nil, fmt.Errorf("reference parcel %s is not on the map", v.ID)
		}
		p := parcels[i]
		if v.Stratum != "" && v.Stratum != p.Crop {
			return nil, fmt.Errorf("reference parcel %s was drawn as %s and is mapped as %s: the sample was drawn from another map; give the parcels.csv that it was drawn from", v.ID, v.Stratum, p.Crop)
		}
		if r.Inclusion == ByCount && v.Draws > 1 {
			return nil, fmt.Errorf("reference parcel %s has %d draws: drawn by count none comes twice", v.ID, v.Draws)
		}
		out = append(out, Checked{Mapped: p.Crop, Truth: v.Truth, Hectares: p.Hectares, Draws: v.Draws})
	}
	return out, nil
}

// WriteDesign writes the parcels to visit as CSV, with an empty column label.
func WriteDesign(w io.Writer, drawn []Drawn, inclusion Inclusion) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"parcel_id", "stratum", "area_ha", "draws", "inclusion", "label"}}
	for _, d := range drawn {
		rows = append(rows, []string{fields.Cell(d.ID), fields.Cell(d.Crop), decimals(d.Hectares, 4), strconv.Itoa(d.Draws), string(inclusion), ""})
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write design: %w", err)
	}
	return nil
}

// MuPerHectare is how many mu a hectare has.
const MuPerHectare = 15

// WriteAreas writes CSV, one row a crop in order of name: areas in hectares and
// mu with their 95 % interval, what the map adds up to, user's and producer's
// accuracy with standard errors, and draws. What nothing tells is empty.
func WriteAreas(w io.Writer, e AreaEstimate) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"crop", "mapped_ha", "area_ha", "area_ha_se", "area_ha_low", "area_ha_high", "area_mu", "area_mu_low", "area_mu_high",
		"users_accuracy", "users_accuracy_se", "producers_accuracy", "producers_accuracy_se", "draws_mapped", "draws_true"}}
	for _, a := range e.Crops {
		rows = append(rows, []string{a.Crop, decimals(a.MappedHa, 2), decimals(a.Ha, 2), decimals(a.SE, 2), decimals(a.Low, 2), decimals(a.High, 2),
			decimals(MuPerHectare*a.Ha, 1), decimals(MuPerHectare*a.Low, 1), decimals(MuPerHectare*a.High, 1),
			decimals(a.User, 4), decimals(a.UserSE, 4), decimals(a.Producer, 4), decimals(a.ProducerSE, 4), strconv.Itoa(a.Checked), strconv.Itoa(a.Found)})
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write areas: %w", err)
	}
	return nil
}

// decimals writes NaN as an empty cell.
func decimals(v float64, digits int) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// SizeDoubts tells which strata's sampled parcels have sizes that the inclusion
// named would hardly give: their mean lies more than four standard errors from
// what it expects.
func SizeDoubts(parcels []Mapped, sample []Checked, inclusion Inclusion) []string {
	type moments struct{ n, sum, squares, cubes float64 }
	var all, drawn = map[string]*moments{}, map[string]*moments{}
	add := func(to map[string]*moments, crop string, ha, times float64) {
		m := to[crop]
		if m == nil {
			m = &moments{}
			to[crop] = m
		}
		m.n, m.sum, m.squares, m.cubes = m.n+times, m.sum+times*ha, m.squares+times*ha*ha, m.cubes+times*ha*ha*ha
	}
	for _, p := range parcels {
		add(all, p.Crop, p.Hectares, 1)
	}
	for _, c := range sample {
		add(drawn, c.Mapped, c.Hectares, float64(max(1, c.Draws)))
	}
	var out []string
	for crop, d := range drawn {
		a := all[crop]
		if a == nil || a.sum == 0 {
			continue
		}
		mean, square := a.sum/a.n, a.squares/a.n
		if inclusion == ByArea {
			mean, square = a.squares/a.sum, a.cubes/a.sum
		}
		se := math.Sqrt(max(0, square-mean*mean) / d.n)
		if got := d.sum / d.n; math.Abs(got-mean) > 4*se && math.Abs(got-mean) > 1e-6*mean {
			out = append(out, fmt.Sprintf("reference parcels mapped as %s have %.2f ha in the mean; drawn by %s they would have about %.2f: were they drawn otherwise, or picked?", crop, got, inclusion, mean))
		}
	}
	slices.Sort(out)
	return out
}
