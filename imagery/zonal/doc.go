// Package zonal computes which fraction of each pixel a polygon covers, and
// statistics weighted by these fractions.
//
// The fraction is exact: area of polygon ∩ pixel divided by the pixel's area
// (the definition of exactextract, Baston 2022), not a count of pixel centres.
// It is kept in fixed point (1.0 = [One]) and depends on the polygon and on the
// pixel alone, never on the block or window in which it was asked for, so sums
// over blocks add exactly.
//
// It refuses to guess: a polygon that is not simple (it crosses itself, has no
// area, holds NaN) comes back as a [Refusal] with the reason. It reads no
// files and knows no bands.
//
//	cover, refused := zonal.Cover(grid, []zonal.Shape{{ID: "p1", Polygon: mp}})
//	for _, cell := range cover.Cells(0) { // pixels covered in part
//		fmt.Println(cell.Index, float64(cell.Fraction)/zonal.One)
//	}
package zonal
