package fields

// DefaultMatchModel returns the model that runs use. Priors are chosen: of a
// registry of some years, a parcel in twenty lies idle, one in twenty is
// drawn beside its place, one in thirty holds two fields. Vegetation,
// patchiness and areas are chosen too: annual crops swing by 0.45 and more,
// bare or built land by less than 0.15; noise of NDVI within a Sentinel-2
// field is about 0.05, twice that where two fields share a parcel (ln 2 ≈
// 0.7); surveys agree with their shapes within 5 %. Edges and divisions are those of generated
// counties, fitted by [FitMatch] on seeds 11 to 14; refit where parcels with known truth exist.
func DefaultMatchModel() MatchModel {
	return MatchModel{
		Judges: map[MatchQuestion]MatchJudge{
			Cultivated: {Prior: 0.95, Feature: MatchFeature{Yes: 0.45, No: 0.12, SD: 0.11}, Temper: 0.85},
			Placed:     {Prior: 0.95, Feature: MatchFeature{Yes: 1.62, No: 0.1, SD: 0.87}, Temper: 1},
			Single: {Prior: 0.97, Feature: MatchFeature{Yes: 0.2, No: 1.3, SD: 0.45},
				Second: MatchFeature{Yes: 0, No: 0.7, SD: 0.45}, Temper: 0.85},
			Sized: {Prior: 0.98, Feature: MatchFeature{Yes: 0.03, No: 0.12, SD: 0.12}, Temper: 1},
		},
		LimitFor:      3,
		LimitAgainst:  8,
		TypicalSD:     0.05,
		EvergreenNDVI: 0.35,
		HalfPixels:    1,
		HalfDates:     2,
		MinPixels:     4,
		BuiltPeak:     0.3,
		BuiltSwing:    0.12,
	}
}
