package overlay

// What a pixel is.
const (
	noData uint8 = iota // the scene has nothing here
	clear
	masked // cloud, shadow, snow, or within their margin
)

// ndviStep is the resolution of NDVI, as in imagery/observe.
const ndviStep = 1e-4

// pixels is a square of a scene in the map's projection, row-major.
type pixels struct {
	side  int
	state []uint8
	rgb   []uint8 // three a pixel, stretched; empty where the scene has no true colour
	ndvi  []int16 // steps; of clear pixels; empty where the scene has no NDVI
}

func newPixels(side int, colour, ndvi bool) *pixels {
	p := &pixels{side: side, state: make([]uint8, side*side)}
	if colour {
		p.rgb = make([]uint8, 3*side*side)
	}
	if ndvi {
		p.ndvi = make([]int16, side*side)
	}
	return p
}

// any tells whether some pixel has data.
func (p *pixels) any() bool {
	for _, s := range p.state {
		if s != noData {
			return true
		}
	}
	return false
}

// cut copies the square of size side whose upper left pixel is (x, y).
func (p *pixels) cut(x, y, side int) *pixels {
	out := newPixels(side, p.rgb != nil, p.ndvi != nil)
	for row := range side {
		from := (y+row)*p.side + x
		copy(out.state[row*side:(row+1)*side], p.state[from:])
		if p.rgb != nil {
			copy(out.rgb[3*row*side:3*(row+1)*side], p.rgb[3*from:])
		}
		if p.ndvi != nil {
			copy(out.ndvi[row*side:(row+1)*side], p.ndvi[from:])
		}
	}
	return out
}

// paste puts a smaller square at (x, y).
func (p *pixels) paste(s *pixels, x, y int) {
	for row := range s.side {
		to := (y+row)*p.side + x
		copy(p.state[to:to+s.side], s.state[row*s.side:])
		if p.rgb != nil {
			copy(p.rgb[3*to:3*(to+s.side)], s.rgb[3*row*s.side:])
		}
		if p.ndvi != nil {
			copy(p.ndvi[to:to+s.side], s.ndvi[row*s.side:])
		}
	}
}

// half returns the square with half as many pixels a side. Colours are means of
// the pixels with data. A pixel is clear where at least half of its pixels with
// data are, and takes their mean NDVI; else it is masked.
func (p *pixels) half() *pixels {
	out := newPixels(p.side/2, p.rgb != nil, p.ndvi != nil)
	for y := range out.side {
		for x := range out.side {
			p.quarter(out, y*out.side+x, 2*y*p.side+2*x)
		}
	}
	return out
}

// quarter merges the four pixels from index from into pixel i of out.
func (p *pixels) quarter(out *pixels, i, from int) {
	var seen, good, ndvi int
	var rgb [3]int
	for _, j := range [4]int{from, from + 1, from + p.side, from + p.side + 1} {
		if p.state[j] == noData {
			continue
		}
		seen++
		for c := range rgb {
			if p.rgb != nil {
				rgb[c] += int(p.rgb[3*j+c])
			}
		}
		if p.state[j] == clear {
			good++
			if p.ndvi != nil {
				ndvi += int(p.ndvi[j])
			}
		}
	}
	if seen == 0 {
		return
	}
	for c := range rgb {
		if p.rgb != nil {
			out.rgb[3*i+c] = uint8((rgb[c] + seen/2) / seen)
		}
	}
	out.state[i] = masked
	if 2*good >= seen {
		out.state[i] = clear
		if p.ndvi != nil {
			out.ndvi[i] = int16(ndvi / good)
		}
	}
}
