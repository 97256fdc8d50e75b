// Package gdal reads pixels and parcels through GDAL. It is one of two
// packages that link it, and the only one that reads rasters.
//
// GDAL 3.6 has no datasets that several threads may share, so a [Reader]
// belongs to one goroutine and opens each file once. Warnings of GDAL are
// dropped; errors name the file. It computes no statistics and knows no
// parcels beyond their shapes.
//
//	cache := gdal.NewCache(512 << 20) // decoded tiles, shared by readers that read side by side
//	r := cache.Reader()               // or gdal.NewReader(), for one file now and then
//	defer r.Close()
//	scene, err := r.Probe(ctx, scene) // files open, scales known, offset checked
//	coverage, _ := zonal.Cover(lattice.Grid(block), shapes)
//	obs, err := observe.Block(ctx, r, scene, coverage, params)
package gdal
