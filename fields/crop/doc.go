// Package crop recognises the crop of a parcel from its series over a season:
// it fits a model to labelled series, predicts calibrated probabilities, and
// abstains where it does not know. Series may be irregular, gappy, of any
// cadence and any set of layers.
//
// It reads no pixels and no database, and refuses to guess in silence: what it
// cannot judge comes back as an abstention with its reason.
//
//	set, err := crop.ReadSamples(file, crop.Columns{Labelled: true})
//	model, err := crop.Fit(ctx, set.Samples, set.Labels, crop.FitOptions{Groups: set.Groups})
//	posteriors, err := model.Predict(ctx, parcels, crop.PredictOptions{SeasonStart: season.Start})
//	label, p := posteriors[0].Best()
//	fmt.Println(label, p, posteriors[0].Abstained, posteriors[0].Reason)
package crop
