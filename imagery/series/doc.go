// Package series joins the observations of a season into one series per
// parcel, finds leftover clouds in it, smooths it over gaps and reads its
// phenology.
//
// It works on values alone: no files, no pixels, no crops. What a curve says
// about a crop is decided by fields/crop.
//
//	parcels, err := series.Assemble(observations)
//	s := parcels[0].Series
//	curve, err := series.Smooth(s, "ndvi", series.SmoothParams{Start: start, End: end, StepDays: 1})
//	for _, season := range series.Phenology(curve, series.PhenologyParams{}) {
//		fmt.Println(season.Start, season.Peak, season.End)
//	}
package series
