package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"parus/fields"
)

// WriteParcelsCSV writes parcels.csv, one row per parcel, in the order of
// parcel_id with numbers by value. Areas have four decimals of a hectare (1
// m²), probabilities four, yields one of a kg/ha. What is unknown is an empty
// cell; abstained is true or false. Who farms a parcel is told only where a
// transfer, a declaration or a payment does; reasons and declared crops are codes
// joined by semicolons. Rows end in LF.
func WriteParcelsCSV(w io.Writer, s Season) error {
	c := newTable(w, "parcels.csv", "parcel_id", "household_id", "area_ha", "match_probability", "crop", "p_crop", "abstained",
		"yield_kg_ha_p10", "yield_kg_ha_p50", "yield_kg_ha_p90", "valid_observations", "farmer_id", "farmer_probability", "tenancy_proven", "tenancy_reasons",
		"declared_crop", "p_declared", "declaration", "hazards")
	for _, p := range sortedParcels(s) {
		farmerP, proven, reasons := tenancyCells(p.Tenancy)
		c.row(p.ID, p.HouseholdID, cell(p.AreaHa, 4), cell(p.MatchP, 4), p.Crop, cell(p.PCrop, 4), strconv.FormatBool(p.Abstained),
			cell(p.YieldP10KgPerHa, 1), cell(p.YieldP50KgPerHa, 1), cell(p.YieldP90KgPerHa, 1), strconv.Itoa(p.ValidObservations), p.Tenancy.FarmerID, farmerP, proven, strings.Join(reasons, ";"),
			strings.Join(p.Declared.Crops, ";"), declaredP(p.Declared), string(p.Declared.Verdict), hazardKinds(p))
	}
	return c.close()
}

// hazardKinds lists kinds, those that weather alone tells of with a question mark.
func hazardKinds(p Parcel) string {
	var kinds []string
	for _, h := range p.Hazards {
		kind := h.Kind
		if !h.Confirmed {
			kind += "?"
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return strings.Join(kinds, ";")
}

// WriteHazardsCSV writes hazards.csv, one row per finding, by parcel_id and
// date. Strength, loss and its standard deviation are shares; confirmed is
// false where weather alone tells of it, and the yield knows nothing of it.
func WriteHazardsCSV(w io.Writer, s Season) error {
	c := newTable(w, "hazards.csv", "parcel_id", "household_id", "kind", "from", "to", "strength", "loss", "loss_sd", "confirmed", "zh", "en")
	for _, p := range sortedParcels(s) {
		for _, h := range p.Hazards {
			c.row(p.ID, p.HouseholdID, h.Kind, h.From, h.To, cell(h.Strength, 4), cell(h.Loss, 4), cell(h.LossSD, 4), strconv.FormatBool(h.Confirmed), h.Zh, h.En)
		}
	}
	return c.close()
}

func declaredP(d fields.Declared) string {
	if d.Verdict == "" {
		return ""
	}
	return cell(d.P, 4)
}

func tenancyCells(t fields.Tenancy) (p, proven string, reasons []string) {
	if len(t.Reasons) == 0 {
		return "", "", nil
	}
	for _, r := range t.Reasons {
		reasons = append(reasons, string(r))
	}
	return cell(t.P, 4), strconv.FormatBool(t.Proven), reasons
}

// WriteLinesCSV writes lines.csv, one row per household, in the order of
// household_id with numbers by value. Amounts have two decimals, pd and apr
// six; reasons are codes joined by semicolons in the order given. A household
// without a decision has an empty line.
func WriteLinesCSV(w io.Writer, s Season) error {
	c := newTable(w, "lines.csv", "household_id", "line_cny", "pd", "apr", "reasons", "due_date")
	for _, h := range sortedHouseholds(s) {
		codes := make([]string, len(h.Reasons))
		for i, r := range h.Reasons {
			codes[i] = r.Code
		}
		line := amount(h.LineFen)
		if h.Undecided {
			line = ""
		}
		c.row(h.ID, line, cell(h.PD, 6), cell(h.APR, 6), strings.Join(codes, ";"), day(h.DueDate))
	}
	return c.close()
}

// WriteOutcomesCSV writes outcomes.csv, one row per item and stage, in the
// order of the item with numbers by value, then of the stages as work flows.
func WriteOutcomesCSV(w io.Writer, s Season) error {
	c := newTable(w, "outcomes.csv", "item", "stage", "outcome", "reason")
	for _, o := range sortedOutcomes(s) {
		c.row(o.Item, o.Stage, o.Outcome, o.Reason)
	}
	return c.close()
}

// Proposal is what imagery proposes about a registered parcel.
type Proposal struct {
	ParcelID, Kind, Zh, En string
	EastM, NorthM          float64 // by how much to move
	Strength               float64
	With                   string    // the other parcel of a join
	Line                   []float64 // x1, y1, x2, y2 where to divide, in CRS
}

// WriteProposalsCSV writes proposals.csv, one row per proposal in the order
// given; lines to divide along are WKT in the CRS.
func WriteProposalsCSV(w io.Writer, all []Proposal, crs string) error {
	c := newTable(w, "proposals.csv", "parcel_id", "proposal", "zh", "en", "east_m", "north_m", "strength", "with", "line", "crs")
	for _, p := range all {
		line, lineCRS := "", ""
		if len(p.Line) == 4 {
			line, lineCRS = fmt.Sprintf("LINESTRING (%.1f %.1f, %.1f %.1f)", p.Line[0], p.Line[1], p.Line[2], p.Line[3]), crs
		}
		east, north := "", ""
		if p.EastM != 0 || p.NorthM != 0 {
			east, north = cell(p.EastM, 1), cell(p.NorthM, 1)
		}
		c.row(p.ParcelID, p.Kind, p.Zh, p.En, east, north, cell(p.Strength, 2), p.With, line, lineCRS)
	}
	return c.close()
}

// table writes rows until the first error and then keeps that.
type table struct {
	name string
	csv  *csv.Writer
	err  error
}

func newTable(w io.Writer, name string, header ...string) *table {
	t := &table{name: name, csv: csv.NewWriter(w)}
	t.row(header...)
	return t
}

// row writes one row; bytes that are no UTF-8 become U+FFFD, and no cell is one
// that a spreadsheet computes.
func (t *table) row(cells ...string) {
	if t.err != nil {
		return
	}
	for i := range cells {
		cells[i] = fields.Cell(strings.ToValidUTF8(cells[i], "\uFFFD"))
	}
	t.err = t.csv.Write(cells)
}

func (t *table) close() error {
	t.csv.Flush()
	if t.err == nil {
		t.err = t.csv.Error()
	}
	if t.err != nil {
		return fmt.Errorf("write %s: %w", t.name, t.err)
	}
	return nil
}
