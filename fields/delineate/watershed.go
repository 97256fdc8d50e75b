package delineate

// none marks pixels and regions that are no region's.
const none = int32(-1)

// basins divides the image by a watershed cut (Cousty et al. 2009, "Watershed
// cuts: minimum spanning forests and the drop of water principle"): the height
// of the pass between two pixels is how unlike they are, and from each pixel
// water runs over the lowest of its four passes until it runs back and forth.
// Passes lie between pixels, so that a field of few pixels loses none to its
// borders. Ties go to the lower index. Water never crosses from one owner (a
// seed, or none) to another. Regions are 4-connected and numbered from 0 in the
// order of their first pixels; pixels without data are none.
func (s *stack) basins(owner []int32) (label []int32, regions int) {
	to := make([]int32, s.width*s.height)
	s.rows(func(from, until int) {
		for y := from; y < until; y++ {
			for x := range s.width {
				i := int32(y*s.width + x)
				to[i] = none
				if s.valid[i] {
					to[i] = s.lowest(owner, i, x, y)
				}
			}
		}
	})
	return to, numbered(to)
}

// lowest returns the pixel beyond the lowest pass around pixel i, or i where
// there is none.
func (s *stack) lowest(owner []int32, i int32, x, y int) int32 {
	k, w := s.axes, int32(s.width)
	here := s.v[int(i)*k:][:k]
	best, height := i, float32(0)
	look := func(j int32) {
		if !s.valid[j] || owner != nil && owner[j] != owner[i] {
			return
		}
		if d := distance2(here, s.v[int(j)*k:][:k]); best == i || d < height {
			best, height = j, d
		}
	}
	if y > 0 {
		look(i - w)
	}
	if x > 0 {
		look(i - 1)
	}
	if x+1 < s.width {
		look(i + 1)
	}
	if y+1 < s.height {
		look(i + w)
	}
	return best
}

// numbered turns pointers from each pixel to the next, in place, into labels.
// The only cycles are pairs: of a longer one, the pixel after that of the
// lowest index would have turned back to it.
func numbered(to []int32) (regions int) {
	for i, j := range to {
		if j != none && to[j] == int32(i) && int32(i) < j {
			to[i] = int32(i) // the end of its water
		}
	}
	var path []int32
	for i := range to {
		j := int32(i)
		path = path[:0]
		for to[j] >= 0 && to[j] != j {
			path = append(path, j)
			j = to[j]
		}
		if to[j] == j {
			to[j] = named(regions)
			regions++
		}
		for _, p := range path {
			to[p] = to[j]
		}
	}
	for i, j := range to {
		if j != none {
			to[i] = named(int(j))
		}
	}
	return regions
}

// named tells labels from pointers while both stand in one place: below none.
// It is its own inverse.
func named(label int) int32 { return int32(-2 - label) }
