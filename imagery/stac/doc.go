// Package stac turns STAC 1.0 and 1.1 items into scenes: from a file of items,
// a single item, a folder, a static catalogue or an API over HTTP. SAFE folders
// and zips, which imagery/safe understands, are catalogues of one item, and so
// are Landsat's metadata files (imagery/landsat) and scene descriptions beside
// plain rasters (imagery/sidecar).
//
// It trusts no item. One that cannot be used (no mask band, a missing file, an
// unknown sensor) comes back as a [Refusal] with its reason and never stops
// the others. It opens no rasters: whether files can be read and offsets are
// true is found out by imagery/gdal.
//
//	result, err := stac.Load(ctx, "items.json", stac.Query{Start: season.Start, End: season.End})
//	for _, s := range result.Scenes { … } // sorted by time, then ID
//	for _, r := range result.Refused {
//		fmt.Println(r.ID, r.Reason)
//	}
package stac
