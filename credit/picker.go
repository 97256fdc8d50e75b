package credit

import "math"

// picker finds the crop that a chance falls on. Chances are rounded to cells of
// 1/64; a cell without a threshold belongs to one crop, so that nearly every
// draw is one look-up and no branch.
type picker struct {
	upTo  []float64
	cells [1024]uint8
}

const (
	cellsPerUnit = 64
	cellMixed    = 255
)

func (p *picker) start(crops []plotCrop) {
	p.upTo = p.upTo[:0]
	from := -512
	put := func(to int, place uint8) {
		for ; from < to; from++ {
			p.cells[from&1023] = place
		}
	}
	for k := range crops {
		t := crops[k].upTo
		p.upTo = append(p.upTo, t)
		at := int(float64(math.Max(-511, math.Min(511, float64(t*cellsPerUnit)))+magic) - magic)
		put(at, uint8(k))
		if from == at && at < 511 {
			put(at+1, cellMixed)
		}
		if math.IsInf(t, 1) {
			put(512, uint8(k))
			break
		}
	}
	put(512, placeNothing)
}

// of is the place of the crop that a chance falls on; |chance| < 7.9.
func (p *picker) of(chance float64) uint8 {
	place := p.cells[math.Float64bits(float64(chance*cellsPerUnit)+magic)&1023]
	if place == cellMixed {
		return p.scan(chance)
	}
	return place
}

func (p *picker) scan(chance float64) uint8 {
	for k, t := range p.upTo {
		if chance < t {
			return uint8(k)
		}
	}
	return placeNothing
}
