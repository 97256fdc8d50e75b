// Package pmtiles keeps map tiles in one file: PMTiles version 3, which viewers
// read by HTTP ranges from any file server.
//
// It knows nothing of what tiles show and does not compress them: pictures are
// compressed already. The same tiles make the same bytes, in whatever order they
// come. Format: https://github.com/protomaps/PMTiles, spec/v3/spec.md.
//
//	w := pmtiles.NewWriter(spool, pmtiles.Info{Name: "2024-05-01", Bound: bound})
//	err := w.Add(pmtiles.Tile{Z: 14, X: 13512, Y: 6421, Data: png})
//	err = w.WriteArchive(file)
//	archive, err := pmtiles.Open(file)
//	png, err := archive.Tile(14, 13512, 6421)
package pmtiles
