package observe

import "parus/imagery/zonal"

// picked lists the pixels of one parcel in one strip that count: those that lie
// wholly in it, whose weight is multiplied once for all, and the others. Layers
// are added one after the other, each with its sums in registers.
type picked struct {
	whole []uint32 // numbers of pixels
	part  []share
}

// share is a pixel that lies in the parcel by a fraction.
type share struct{ at, fraction, inner uint32 }

func (p *picked) reset() { p.whole, p.part = p.whole[:0], p.part[:0] }

// addTo adds the sums of the layers over the pixels to the parcel's.
func (p *picked) addTo(to *Parcel, layers [][]int32, ndvi int) {
	if len(p.whole)+len(p.part) == 0 {
		return
	}
	to.Valid += uint64(len(p.whole)) * zonal.One
	to.Inner += uint64(len(p.whole)) * InnerOne
	for _, x := range p.part {
		to.Valid += uint64(x.fraction)
		to.Inner += uint64(x.inner)
	}
	for k := 0; k < len(layers); k += 2 {
		l := min(k+1, len(layers)-1) // the last of an odd number goes with itself
		wholeK, wholeL := p.wholes(layers[k], layers[l])
		sumK, innerK, sumL, innerL := p.parts(layers[k], layers[l])
		to.add(k, wholeK*zonal.One+sumK, wholeK*InnerOne+innerK)
		if l > k {
			to.add(l, wholeL*zonal.One+sumL, wholeL*InnerOne+innerL)
		}
	}
	if ndvi >= 0 {
		to.NDVI2 = to.NDVI2.Add(p.squares(layers[ndvi]))
	}
}

func (p *Parcel) add(layer int, sum, inner int64) {
	p.Sums[layer] += sum
	p.InnerSums[layer] += inner
}

// wholes adds the whole pixels of two layers.
func (p *picked) wholes(a, b []int32) (sumA, sumB int64) {
	b = b[:len(a)]
	for _, at := range p.whole {
		sumA += int64(a[at])
		sumB += int64(b[at])
	}
	return sumA, sumB
}

// parts adds the other pixels of two layers.
func (p *picked) parts(a, b []int32) (sumA, innerA, sumB, innerB int64) {
	b = b[:len(a)]
	for _, x := range p.part {
		fraction, inner := int64(x.fraction), int64(x.inner)
		v, w := int64(a[x.at]), int64(b[x.at])
		sumA += v * fraction
		innerA += v * inner
		sumB += w * fraction
		innerB += w * inner
	}
	return sumA, innerA, sumB, innerB
}

// squares is Σ fraction·value².
func (p *picked) squares(values []int32) Wide {
	var whole uint64 // at most 2^29 · 2^22
	for _, at := range p.whole {
		v := int64(values[at])
		whole += uint64(v * v)
	}
	const shift = 24 // of zonal.One
	sum := Wide{Hi: whole >> (64 - shift), Lo: whole << shift}
	for _, x := range p.part {
		v := int64(values[x.at])
		sum = sum.Add(Wide{Lo: uint64(v*v) * uint64(x.fraction)}) // at most 29 + 24 bits
	}
	return sum
}
