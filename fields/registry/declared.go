package registry

import (
	"cmp"
	"slices"

	"parus/fields"
)

// Declarations are the crops that plantings tell of a season, in order of parcel
// and crop, each crop of a parcel once, by the first household that declares it.
func Declarations(season fields.Season, plantings []Planting) []fields.Declaration {
	var out []fields.Declaration
	for i := range plantings {
		if p := &plantings[i]; p.ParcelID != "" && p.Crop != "" && plantedIn(p, season) {
			out = append(out, fields.Declaration{ParcelID: p.ParcelID, HouseholdID: p.HouseholdID, Crop: p.Crop})
		}
	}
	slices.SortFunc(out, func(a, b fields.Declaration) int {
		return cmp.Or(cmp.Compare(a.ParcelID, b.ParcelID), cmp.Compare(a.Crop, b.Crop), cmp.Compare(a.HouseholdID, b.HouseholdID))
	})
	return slices.CompactFunc(out, func(a, b fields.Declaration) bool { return a.ParcelID == b.ParcelID && a.Crop == b.Crop })
}

// CropCodes returns a function that finds the code of a crop by a name that
// counties use; catalogue is name → code.
func CropCodes(catalogue map[string]string) func(name string) (code string, ok bool) {
	names := cropNames(catalogue)
	return func(name string) (string, bool) { return cropCode(name, names) }
}
