// Package imagery holds the nouns of satellite imagery: Scene, Band, Grid,
// Window, Block and the lattice that a county's blocks lie on.
//
// It does no input or output and no statistics: catalogues are read by
// imagery/stac, pixels by imagery/gdal, and the maths live in the sub-packages
// spectral, cloud, zonal, series and observe.
//
//	l := imagery.Lattice{CRS: "EPSG:32650", PixelSizeM: 10, BlockPx: 2048}
//	for _, b := range l.BlocksOver(countyBound) {
//		grid := l.Grid(b)
//		fmt.Println(b, grid.Width, grid.Height)
//	}
package imagery
