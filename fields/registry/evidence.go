package registry

import (
	"slices"
	"strings"
	"time"

	"parus/fields"
)

// A crop of a season may be sown up to 60 days before its first day, since
// seasons are named by when scenes count, and no later than 60 days before its
// last, since none ripens faster: seasons of a year overlap by days. Counties pay
// growers within the year after.
const (
	sownMargin = 60 * 24 * time.Hour
	paidAfter  = 365 * 24 * time.Hour
)

// TenancyEvidence is what declarations and payments say of who farms which
// parcel in a season, in order of parcel, each sign once. Payments count where
// their scheme pays whoever grows and where they name a parcel: a household's sum
// tells nothing of one parcel.
func TenancyEvidence(season fields.Season, subsidies []Subsidy, plantings []Planting) []fields.TenancyEvidence {
	var out []fields.TenancyEvidence
	add := func(parcel, farmer string, source fields.TenancySource) {
		out = append(out, fields.TenancyEvidence{ParcelID: parcel, FarmerID: farmer, Source: source, Season: season.Name})
	}
	for i := range plantings {
		if p := &plantings[i]; plantedIn(p, season) && (p.HouseholdID != "" || p.Leased) {
			add(p.ParcelID, p.HouseholdID, fields.FromPlanting)
		}
	}
	for i := range subsidies {
		s := &subsidies[i]
		if s.Scheme != SchemeGrower || s.ParcelID == "" {
			continue
		}
		if s.Paid.IsZero() || !s.Paid.Before(season.Start) && !s.Paid.After(season.End.Add(paidAfter)) {
			add(s.ParcelID, s.HouseholdID, fields.FromSubsidy)
		}
	}
	slices.SortFunc(out, func(a, b fields.TenancyEvidence) int {
		return strings.Compare(a.ParcelID+"\x00"+string(a.Source)+"\x00"+a.FarmerID, b.ParcelID+"\x00"+string(b.Source)+"\x00"+b.FarmerID)
	})
	return slices.Compact(out)
}

// wholeYear is from how many days on a season is that of all crops of a year.
const wholeYear = 300

// plantedIn tells whether a declaration is of a season: by the day of sowing,
// else by the year that the season ends in, else because nothing speaks against
// it.
func plantedIn(p *Planting, season fields.Season) bool {
	winter := season.Start.Year() < season.End.Year() && season.Days() < wholeYear
	switch {
	case winter && !p.Winter && p.Sown.Year() == season.End.Year(): // a summer crop sown early
		return false
	case !p.Sown.IsZero():
		return !p.Sown.Before(season.Start.Add(-sownMargin)) && !p.Sown.After(season.End.Add(-sownMargin))
	case p.Year != 0 && p.Year != season.End.Year():
		return false
	case p.Winter:
		return season.Start.Year() < season.End.Year()
	default:
		return true
	}
}
