// Package alert finds the parcels that are in trouble on the newest clear
// dates: those that leave their county's band of the same crop, those that a
// hazard struck which pictures show, and those whose own forecast of yield
// falls further than its uncertainty explains.
//
// It is a pure function of series, forecasts and what was found before, so the
// same inputs find the same again; whom to tell, and whether somebody was told
// already, is for others. It refuses to speak of what it has not seen clearly
// twice, of parcels that were never in the band, and of a crop that the whole
// county is harvesting.
//
//	found := alert.Detect(alert.County{Season: season, Harvest: harvests, Parcels: parcels}, nil, alert.Defaults())
//	for _, f := range found {
//		fmt.Println(f.ParcelID, f.Kind, f.First.Format(time.DateOnly), f.Strength, f.Evidence.LowestZ)
//	}
package alert
