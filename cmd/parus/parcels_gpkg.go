package main

import (
	"context"

	"parus/fields/registry"
	"parus/internal/season"
)

// writeParcelsGPKG writes the columns of parcels.csv with the parcels' shapes.
func writeParcelsGPKG(ctx context.Context, path string, parcels []season.PublishedParcel) error {
	l := registry.Layer{Name: "parcels", Columns: []registry.Column{
		{Name: "parcel_id"}, {Name: "household_id"}, {Name: "village"},
		{Name: "area_ha", Kind: registry.Real}, {Name: "match_probability", Kind: registry.Real},
		{Name: "crop"}, {Name: "p_crop", Kind: registry.Real}, {Name: "abstained", Kind: registry.Whole},
		{Name: "yield_kg_ha_p10", Kind: registry.Real}, {Name: "yield_kg_ha_p50", Kind: registry.Real},
		{Name: "yield_kg_ha_p90", Kind: registry.Real}, {Name: "valid_observations", Kind: registry.Whole},
	}}
	for _, p := range parcels {
		if err := ctx.Err(); err != nil {
			return err
		}
		abstained := int64(0)
		if p.Abstained {
			abstained = 1
		}
		l.Rows = append(l.Rows, registry.LayerRow{Shape: p.Shape, Values: []any{
			p.ID, p.HouseholdID, p.Village, p.AreaM2 / 1e4, orNull(p.MatchP), p.Crop, orNull(p.CropP), abstained,
			orNull(p.YieldP10), orNull(p.YieldP50), orNull(p.YieldP90), int64(p.Observations),
		}})
	}
	return registry.WriteGeoPackage(path, l)
}

// orNull is the value, or the nil that a layer writes as NULL.
func orNull(v *float32) any {
	if v == nil {
		return nil
	}
	return float64(*v)
}
