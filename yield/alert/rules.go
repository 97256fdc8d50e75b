package alert

// Rules are the thresholds. They are part of the content key of what is found.
// Spreads are in standard deviations of the lower half of the county's band.
type Rules struct {
	LeastParcels   int     `json:"least_parcels"`    // of one crop, seen on one date, that make a band
	LeastClear     float64 `json:"least_clear"`      // share of a parcel that was clear, for a date to count
	LeastSpread    float64 `json:"least_spread"`     // NDVI, floor of the band's spread
	Leave          float64 `json:"leave"`            // spreads under the county's median from which on a date counts as outside
	LeaveMean      float64 `json:"leave_mean"`       // spreads under the median that the dates outside have in the mean
	Fall           float64 `json:"fall"`             // spreads under the parcel's own place in the band that are a fall
	LeastLoss      float64 `json:"least_loss"`       // NDVI under what its own place lets expect
	Back           float64 `json:"back"`             // spreads under the median from which on it is inside again
	Dates          int     `json:"dates"`            // clear dates that leave, or bring back
	OwnDates       int     `json:"own_dates"`        // clear dates that tell a parcel's own place
	OwnFloor       float64 `json:"own_floor"`        // lowest own place, in spreads, from which a parcel can leave the band
	StrongLeave    float64 `json:"strong_leave"`     // spreads that are outside by a single date
	StrongLoss     float64 `json:"strong_loss"`      // NDVI that is lost by a single date
	StrongClear    float64 `json:"strong_clear"`     // share clear of such a date
	Neighbours     int     `json:"neighbours"`       // of the same crop that are asked
	NeighbourM     float64 `json:"neighbour_m"`      // how far they lie at most
	NeighbourShare float64 `json:"neighbour_share"`  // of them that must be outside as well
	Haze           float64 `json:"haze"`             // blue − red/2, reflectance, above which a date is hazy
	LeastGreen     float64 `json:"least_green"`      // NDVI of the county's median that is a canopy
	Ripening       float64 `json:"ripening"`         // of the median's highest value so far, under which the band is as wide as its lower tenth
	GreenShare     float64 `json:"green_share"`      // of the median's highest value so far, under which the crop ripens or is cut
	BeforeHarvest  int     `json:"before_harvest"`   // days before the first usual day of harvest at which the watch ends
	Revision       float64 `json:"revision"`         // spreads of a forecast's revision that are a fall
	RevisionSpread float64 `json:"revision_spread"`  // ln yield, floor of the revision's spread
	LeastYieldLoss float64 `json:"least_yield_loss"` // share of the yield
	BareGround     float64 `json:"bare_ground"`      // NDVI without plants, for the strength
	HazardSpreads  float64 `json:"hazard_spreads"`   // of the day that a sudden loss or a flood must have fallen
	HazardLow      float64 `json:"hazard_low"`       // spreads under the county's median at which its dates lie low
	DroughtSpreads float64 `json:"drought_spreads"`  // the same of a drought
	DroughtLow     float64 `json:"drought_low"`      // the same of a drought
	DroughtDates   int     `json:"drought_dates"`    // low clear dates that a drought needs
	DroughtDays    int     `json:"drought_days"`     // from the beginning of its dry spell
}

// Defaults are the thresholds in use.
//
// LeastParcels and LeastClear are those of the band that the map shows.
// LeastSpread is the accuracy of a clear NDVI from Sentinel-2, 0.02 to 0.05
// (general knowledge; surfaces differ by that from date to date on undamaged
// parcels of generated counties). Leave is the level that one of twenty normal
// values is under; with LeaveMean two dates together are as rare as one under
// −4.2 (Stouffer 1949), and a fall from the parcel's own place makes chance
// rarer than that. LeastLoss is near the 0.12 that the series' test of
// leftover clouds asks of a spike (Jönsson and Eklundh 2004). Haze is the haze-optimised
// test of Zhu and Woodcock 2012, as for masks. Ripening and
// GreenShare follow the same seeds: parcels ripen weeks apart, so the band
// widens when its crop begins to, and the watch ends when a quarter is gone.
// Neighbours, StrongLeave and StrongLoss were chosen on generated counties of
// other seeds than those they are reported on. LeastYieldLoss is the loss from
// which dry-hot wind no longer counts as light. Revision is one in a hundred
// for a normal revision. The thresholds of hazards ask for more than finding
// one does (docs/method.md#hazards), since a watch looks at every date anew:
// they were chosen on generated counties for at most ten false alerts in a
// thousand. DroughtDays is twice the dry spell that makes a drought.
func Defaults() Rules {
	return Rules{
		LeastParcels: 20, LeastClear: 0.5, LeastSpread: 0.04,
		Leave: 1.64, LeaveMean: 3, Fall: 1.5, LeastLoss: 0.1, Back: 1.5, Dates: 2, OwnDates: 2, OwnFloor: -2,
		StrongLeave: 5, StrongLoss: 0.25, StrongClear: 0.9, Neighbours: 8, NeighbourM: 400, NeighbourShare: 0.4,
		Haze: 0.08, LeastGreen: 0.35, Ripening: 0.98, GreenShare: 0.75, BeforeHarvest: 5,
		Revision: 2.33, RevisionSpread: 0.04, LeastYieldLoss: 0.1, BareGround: 0.15,
		HazardSpreads: 6, HazardLow: 0.5, DroughtSpreads: 3.5, DroughtLow: 1, DroughtDates: 3, DroughtDays: 50,
	}
}
