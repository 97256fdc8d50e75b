// Package catalogue is what Parus knows of crops: yields, prices, cash costs,
// light use, temperatures, calendars and spreads, each figure with a mark that
// says whether it was checked and with the source it came from.
//
// The built-in figures are national; a county overrides any of them by place
// and year. The package refuses to guess: a crop it does not hold is an error
// that names the crop, and an override without a source is turned away.
//
//	cat, err := catalogue.Load()
//	cat, err = cat.Override(file)           // optional county figures
//	wheat, err := cat.For("370199", 2025).Crop("winter_wheat")
//	fmt.Println(wheat.Name.ZH, wheat.YieldKgPerHa(), wheat.PricePerKg.Mark)
package catalogue
