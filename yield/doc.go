// Package yield says what a parcel will bring in, as a distribution: the
// county's own figure first, moved by what imagery saw of the parcel only as
// far as that has earned trust.
//
// The county prior is a robust trend of its statistics. A parcel's index is the
// light that its canopy took up over the season, damped by temperature and
// water; parcels of a crop are ranked by it, and their area-weighted mean is
// the county's figure exactly. Spread is kept in parts: what the whole county
// shares, what is the parcel's own, and the doubt about the crop.
//
// The package knows no money, reads no files and claims no more than the
// statistics carry: without them the national figure stands in, wider, and the
// result says so.
//
//	prior, err := yield.FitPrior(wheat, statistics, 2025)
//	in := yield.SeasonInput{Season: season, Priors: []yield.Prior{prior}, Parcels: parcels, Weather: weather, Catalogue: cat, LatitudeDeg: 36.7}
//	estimates, err := yield.Estimate(in)
//	fmt.Println(estimates[0].P10, estimates[0].P50, estimates[0].P90) // kg/ha
package yield
