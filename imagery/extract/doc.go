// Package extract computes zonal statistics of files: for every parcel of a
// vector file and every band of some rasters, statistics weighted by coverage
// fractions, written as CSV.
//
// Coverage is computed once per grid and each stored block is decoded once;
// rows are written piece by piece in order. Memory is bounded by the parcels,
// the coverages in use, the values of a few bands and a few blocks, never by how
// many rasters there are; it is estimated beforehand, and bands are taken in
// several runs or the job is refused where it would be too much.
//
// It does not repair: polygons that cannot be measured and rasters that cannot
// be read are reported and cost the others nothing. It applies no scale or
// offset: values are those stored.
//
//	report, err := extract.Run(ctx, extract.Job{
//		Rasters: []string{"b04.tif", "b08.tif"}, Parcels: "parcels.gpkg", IDField: "id",
//		Stats: []extract.Stat{extract.Mean, extract.Stdev}}, file)
//	fmt.Println(report.Rows, report.Refused)
package extract
