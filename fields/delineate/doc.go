// Package delineate finds fields on a stack of images: the edges between them,
// the basins that the edges bound (a watershed), and the basins that belong
// together (region merging). Where there is a registry, its parcels seed the
// search, and the result says how well each parcel matches what is seen.
//
// Everything is a function of values: planes of numbers in, a label image and
// polygons along pixel edges out. What counts as an edge is measured on the
// image itself ([Texture]), so that one default serves one date or many, in any
// unit. Neighbours share their borders vertex by vertex, so polygons are valid
// and never overlap. The whole image is one piece, up to [MaxPixels]: nothing is
// cut into blocks that could leave a seam. The same input gives the same bytes
// whatever the number of processors.
//
// It refuses to say what a field is used for, or whether it is a field at all:
// woods, villages and water come out as regions too. It reads no files and
// knows no clouds; hidden pixels are NaN.
//
//	img := delineate.Image{Grid: grid, Bands: planes}
//	found, err := delineate.Delineate(ctx, img, nil, delineate.Defaults())
//	for _, f := range found.Fields {
//		fmt.Println(f.Area, len(f.Polygon))
//	}
package delineate
