// Package overlay draws scenes as map tiles: true colour, and vegetation by
// NDVI with clouds hatched, 256 pixels a tile in the web's Mercator projection.
//
// It works on values: pixels come from an observe.Reader, tiles leave as bytes
// through a function. Nothing is drawn where a scene has no data. A tile never
// takes more than [MaxTileBytes]: colours become coarser until it fits.
//
//	cell := overlay.Tile{Z: overlay.CellZoom, X: 845, Y: 401}
//	job := overlay.Job{Scene: scene, Cell: cell, Area: overlay.AreaOf(bound)}
//	report, err := overlay.Render(ctx, reader, job, func(d overlay.Drawn) error { return keep(d) })
package overlay
