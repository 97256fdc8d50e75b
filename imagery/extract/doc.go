// Package extract computes zonal statistics of files: for every parcel of a
// vector file and every band of some rasters, statistics weighted by coverage
// fractions, written as CSV.
//
// Coverage is computed once per grid and each stored block is decoded once.
// Memory is bounded by the parcels and a few blocks, never by the rasters. It
// does not repair: polygons that cannot be measured are reported.
//
//	report, err := extract.Run(ctx, extract.Job{
//		Rasters: []string{"b04.tif", "b08.tif"}, Parcels: "parcels.gpkg", IDField: "id",
//		Stats: []extract.Stat{extract.Mean, extract.Stdev}}, file)
//	fmt.Println(report.Rows, report.Refused)
package extract
