// Package observe turns one scene over one block into one row of sums per
// parcel: the unit of work from pixels to series.
//
// Sums are integers (coverage in 1/2^24, DN or 1e-4 of an index), so the parts
// of a parcel in several blocks add to the same number wherever the borders
// lie. Pixels under cloud, shadow or without data in any needed band do not
// count. It opens no files: pixels come through a [Reader], which imagery/gdal
// implements and tests keep in memory.
//
//	obs, err := observe.Block(ctx, reader, scene, coverage, observe.Params{
//		Bands: []string{"B04", "B08"}, Indices: []string{"ndvi"}, MarginPx: 2})
//	if errors.Is(err, observe.ErrNoOverlap) { … } // a result, not a failure
//	data, _ := obs.MarshalBinary()
package observe
