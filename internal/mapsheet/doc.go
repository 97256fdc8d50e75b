// Package mapsheet is the map of a publication in pieces: what one cell of the
// web's tile pyramid shows, packed into few bytes, and the vector tiles that are
// drawn from it.
//
// A publication is packed once: its parcels by cells of zoom [Zoom], and all
// its villages on a sheet of their own. Every map tile is drawn from the one to
// four sheets under it, without asking the geometry's database again. The same
// parcels give the same bytes, always.
//
//	var p mapsheet.Packer
//	p.Add(mapsheet.Parcel{ID: "3701991012010000001", Crop: "maize", Shape: shape}) // in order of ID
//	shapes, lines := p.Bytes()
//	cell := mapsheet.Packed{Cell: mapsheet.Cell{Z: 14, X: 13516, Y: 6433}, Shapes: shapes, Lines: lines}
//	tile, err := mapsheet.Draw(mapsheet.Cell{Z: 15, X: 27033, Y: 12866}, cell)
//
// Lines of credit are packed apart from the rest, so that who may not see them
// need never be handed them. The package does no input or output and knows no
// role.
package mapsheet
