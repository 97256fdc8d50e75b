// Package fields holds the nouns of the land: Parcel (registered), Field (seen
// from above), Household, Season, and County, the description that a run
// starts from; and the matching of registered parcels with what imagery shows.
//
// It knows no SQL and no pixels. County packages are read by fields/registry,
// crops are recognised by fields/crop, crop parameters come from
// fields/catalogue.
//
//	county, err := fields.ReadCounty(file)
//	season, err := county.Season("2025-summer")
//	fmt.Println(season.Start, season.End)
package fields
