// Package reconcile holds registered parcels against a season's pictures: is
// the boundary where the picture has one, would it fit better a few metres away,
// do two fields lie in the parcel, is it farmed as one with its neighbour?
//
// It judges each parcel by the pixels in and around it alone, so what it finds
// does not depend on how a county is cut into blocks. It proposes and changes
// nothing: probabilities are fields.MatchModel's, decisions are people's.
//
//	findings, refused := reconcile.Examine(reconcile.Image{Grid: g, NDVI: dates}, shapes)
//	for _, f := range findings {
//		fmt.Println(f.ID, f.Edge, f.Shift.EastM, f.Shift.NorthM, f.Split.Contrast, f.Joined)
//	}
package reconcile
