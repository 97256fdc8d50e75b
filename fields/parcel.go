package fields

import (
	"strings"

	"github.com/paulmach/orb"
)

// M2PerMu is the area of one mu (亩): 1/15 hectare, by the State Council's
// order on units of measurement of 1984.
const M2PerMu = 10000.0 / 15.0

// Parcel is one registered piece of land under a contract.
type Parcel struct {
	ID           string           // DKBM in a Chinese registry, 19 digits; else the source's id
	HouseholdID  string           // CBFBM, 18 digits; else the source's owner id
	Village      string           // 12-digit code of the village or "" where unknown
	Name         string           // DKMC, the field's local name
	ContractM2   float64          // area under contract (HTMJ), m²; 0 where unknown
	DeclaredM2   float64          // area the registry gives for the shape (SCMJ), m²; 0 where unknown
	AreaM2       float64          // area of Shape on the ellipsoid or in the source's projection, m²
	Shape        orb.MultiPolygon // lon, lat on WGS 84 (CGCS2000 agrees within decimetres)
	DeclaredCrop string           // catalogue code from a planting declaration, "" where none
	LeasedIn     bool             // a transfer (LZHT) says that somebody else holds the contract
	Certified    bool             // a certificate in force covers the parcel
}

// Household is the party that holds contracts and may be given a line.
// Personal data stays in the registry's own store and is not part of it.
type Household struct {
	ID          string // CBFBM
	Village     string // 12-digit code or ""
	DisplayName string // masked name, e.g. "王**"
	Members     int    // 0 where unknown
}

// VillageOf returns the code of the village, 12 digits, from a parcel's code of
// 19 digits (NY/T 2539-2016, DKBM), "" where it is none such.
func VillageOf(parcel string) string {
	if len(parcel) != 19 || strings.Trim(parcel, "0123456789") != "" {
		return ""
	}
	return parcel[:12]
}
