package fields

// DefaultMatchModel returns the model that runs use. Priors are chosen, and
// moved by what a county and a village show ([Odds]): of a registry of some
// years, a parcel in twenty lies idle, one in twenty is drawn beside its place,
// one in thirty holds two fields. Patchiness and areas are chosen too: noise of
// NDVI within a Sentinel-2 field is about 0.05, twice that where two fields share
// a parcel (ln 2 ≈ 0.7); surveys agree with their shapes within 5 %. Vegetation,
// edges and divisions are rounded from generated counties (seeds 11 and 12);
// refit by [FitMatch] where parcels with known truth exist.
func DefaultMatchModel() MatchModel {
	return MatchModel{
		Judges: map[MatchQuestion]MatchJudge{
			Cultivated: {Prior: 0.95, Feature: MatchFeature{Yes: 0.5, No: 0.18, SD: 0.1}, Temper: 0.6},
			Placed:     {Prior: 0.95, Feature: MatchFeature{Yes: 1.4, No: 0.25, SD: 0.9}, Temper: 1},
			Single: {Prior: 0.97, Feature: MatchFeature{Yes: 0.15, No: 1.2, SD: 0.42},
				Second: MatchFeature{Yes: 0, No: 0.7, SD: 0.45}, Temper: 0.8},
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
