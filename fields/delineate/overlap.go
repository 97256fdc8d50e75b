package delineate

import (
	"cmp"
	"slices"

	"parus/imagery/zonal"
)

// Overlap is what a parcel and a field share.
type Overlap struct {
	Field    int     // index into [Result.Fields]
	Pixels   float64 // shared, by coverage fractions
	IoU      float64 // shared by both together, 0 to 1
	OfParcel float64 // share of the parcel
	OfField  float64 // share of the field
}

// Overlaps returns for each shape of a coverage over the result's grid (parcels
// of a registry, say) the fields that it shares ground with, the best match
// first: by IoU, then by the lower field. It is what proposals start from: one
// field of a high IoU confirms the parcel; several that lie in it (OfField near
// one) split it; several parcels that lie in one field (OfParcel near one) merge;
// one field of a middling IoU whose outline is moved shifts it.
func (r *Result) Overlaps(c *zonal.Coverage) [][]Overlap {
	out := make([][]Overlap, c.Len())
	for i := range out {
		out[i] = r.overlap(c, i)
	}
	return out
}

func (r *Result) overlap(c *zonal.Coverage, i int) []Overlap {
	shared := map[int32]uint64{}
	for _, s := range c.Spans(i) {
		for k := range s.N {
			shared[r.Label[s.Index+k]] += zonal.One
		}
	}
	for _, cell := range c.Cells(i) {
		shared[r.Label[cell.Index]] += uint64(cell.Fraction)
	}
	delete(shared, none)
	parcel := float64(c.Weight(i)) / zonal.One
	out := make([]Overlap, 0, len(shared))
	for f, n := range shared {
		o := Overlap{Field: int(f), Pixels: float64(n) / zonal.One}
		field := float64(r.Fields[f].Pixels)
		o.IoU, o.OfParcel, o.OfField = o.Pixels/(parcel+field-o.Pixels), o.Pixels/parcel, o.Pixels/field
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b Overlap) int { return cmp.Or(cmp.Compare(b.IoU, a.IoU), cmp.Compare(a.Field, b.Field)) })
	return out
}

// Verdict is what another set of polygons says of a field.
type Verdict string

// The verdicts, in the order in which they are tried.
const (
	Agrees  Verdict = "agrees"  // one polygon matches, with an IoU of at least a half
	Divides Verdict = "divides" // several polygons, each mostly inside the field, cover most of it
	Joins   Verdict = "joins"   // most of the field lies in one larger polygon
	Differs Verdict = "differs" // polygons cover most of the field, but none of the above
	Absent  Verdict = "absent"  // no polygons over most of the field
)

// Opinion is what another set of polygons says of one field.
type Opinion struct {
	Shape   int     // the polygon of the highest IoU, -1 for none
	IoU     float64 // of that polygon, 0 for none
	Verdict Verdict
}

// half is the share from which two outlines count as the same, and a part as
// most of a whole.
const half = .5

// Opinions compares each field with other polygons over the same grid: other
// software's, or another season's. It reports and changes no field.
func (r *Result) Opinions(c *zonal.Coverage) []Opinion {
	out := make([]Opinion, len(r.Fields))
	all := make([]hearing, len(out))
	for i := range out {
		out[i].Shape = int(none)
	}
	for i, list := range r.Overlaps(c) {
		for _, o := range list {
			if o.IoU > out[o.Field].IoU {
				out[o.Field] = Opinion{Shape: i, IoU: o.IoU}
			}
			all[o.Field].add(o)
		}
	}
	for f := range out {
		out[f].Verdict = all[f].verdict(out[f].IoU)
	}
	return out
}

// hearing sums up what polygons say of one field.
type hearing struct {
	inside         int     // polygons mostly inside the field
	insideShare    float64 // of the field, by those
	share, largest float64 // of the field, by all polygons and by one
}

func (h *hearing) add(o Overlap) {
	h.share += o.OfField
	h.largest = max(h.largest, o.OfField)
	if o.OfParcel > half {
		h.inside++
		h.insideShare += o.OfField
	}
}

func (h hearing) verdict(iou float64) Verdict {
	switch {
	case iou >= half:
		return Agrees
	case h.inside > 1 && h.insideShare > half:
		return Divides
	case h.largest > half:
		return Joins
	case h.share > half:
		return Differs
	}
	return Absent
}
