// Package coldstart tells crops where there are no labels: it compares a
// parcel's series with reference curves by time-weighted dynamic time warping
// (Maus et al. 2016) and turns distances into a posterior that stays wide. The
// curves come from the crop catalogue's calendars, or are built from labelled
// samples of another place. It also brings what was learnt elsewhere to a
// region: seasons that lie earlier or later, and crops that are more or less
// common there.
//
// It refuses to tell apart what its curves cannot: classes that share a
// calendar get equal shares of their probability, and it abstains with their
// names.
//
//	p, err := coldstart.Builtin(cat, coldstart.Scope{Crops: county.Crops, Start: season.Start, End: season.End})
//	posteriors, err := p.Classify(ctx, samples, coldstart.Options{})
//	label, share := posteriors[0].Best()
//	fmt.Println(label, share, posteriors[0].Reason)
package coldstart
