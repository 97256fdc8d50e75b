package delineate

// fillGaps returns the plane with hidden pixels filled from coarser and coarser
// means of what is seen around them (push-pull, Gortler et al. 1996, "The
// Lumigraph", section 3.4, with a box filter).
func fillGaps(plane []float32, width, height int) []float32 {
	w, h := (width+1)/2, (height+1)/2
	coarse, gaps := make([]float32, w*h), false
	for y := range h {
		for x := range w {
			var sum, n float32
			for _, p := range [4][2]int{{2 * x, 2 * y}, {2*x + 1, 2 * y}, {2 * x, 2*y + 1}, {2*x + 1, 2*y + 1}} {
				if p[0] < width && p[1] < height && finite(plane[p[1]*width+p[0]]) {
					sum += plane[p[1]*width+p[0]]
					n++
				}
			}
			coarse[y*w+x] = sum / n // NaN where nothing is seen
			gaps = gaps || n == 0
		}
	}
	if gaps && w*h == 1 {
		coarse[0] = 0
	} else if gaps {
		coarse = fillGaps(coarse, w, h)
	}
	out := make([]float32, len(plane))
	for i, v := range plane {
		if !finite(v) {
			v = between(coarse, w, h, i%width, i/width)
		}
		out[i] = v
	}
	return out
}

// between interpolates the coarse plane at the centre of fine pixel (x, y):
// three quarters of the coarse pixel that holds it, one quarter of the next
// nearest, in both directions.
func between(coarse []float32, w, h, x, y int) float32 {
	cx, cy := x/2, y/2
	nx, ny := min(max(cx+2*(x%2)-1, 0), w-1), min(max(cy+2*(y%2)-1, 0), h-1)
	return .5625*coarse[cy*w+cx] + .1875*(coarse[cy*w+nx]+coarse[ny*w+cx]) + .0625*coarse[ny*w+nx]
}
