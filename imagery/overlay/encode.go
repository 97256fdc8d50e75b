package overlay

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

// MaxTileBytes is the most that one tile takes.
const MaxTileBytes = 64 << 10

// errBudget says that no encoding fits; none is known that does not.
var errBudget = errors.New("the tile does not fit into its budget of bytes")

// trueColour encodes a tile: JPEG where it is whole, PNG with transparency
// where the scene covers a part.
func trueColour(p *pixels) ([]byte, error) {
	whole := true
	for _, s := range p.state {
		whole = whole && s != noData
	}
	var b bytes.Buffer
	if whole {
		m := image.NewRGBA(image.Rect(0, 0, p.side, p.side))
		for i := range p.state {
			m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3] = p.rgb[3*i], p.rgb[3*i+1], p.rgb[3*i+2], 255
		}
		for _, quality := range []int{82, 60, 40, 20, 5} {
			b.Reset()
			if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
				return nil, err
			}
			if b.Len() <= MaxTileBytes {
				return b.Bytes(), nil
			}
		}
		return nil, errBudget
	}
	for _, colours := range []int{255, 128, 64, 32, 16} {
		b.Reset()
		if err := packer().Encode(&b, painted(p, colours)); err != nil {
			return nil, err
		}
		if b.Len() <= MaxTileBytes {
			return b.Bytes(), nil
		}
	}
	return nil, errBudget
}

func packer() *png.Encoder { return &png.Encoder{CompressionLevel: png.DefaultCompression} }

// vegetation encodes a tile as PNG with a palette: nothing, hatch, ramp.
func vegetation(p *pixels) ([]byte, error) {
	var b bytes.Buffer
	for _, steps := range []int{64, 32, 16, 8} {
		b.Reset()
		if err := packer().Encode(&b, ramped(p, steps)); err != nil {
			return nil, err
		}
		if b.Len() <= MaxTileBytes {
			return b.Bytes(), nil
		}
	}
	return nil, errBudget
}

// ramped paints NDVI in so many steps of the ramp.
func ramped(p *pixels, steps int) *image.Paletted {
	stops := ramp()
	lo, hi := stops[0].NDVI, stops[len(stops)-1].NDVI
	palette := color.Palette{color.NRGBA{}, hatchGrey()}
	for k := range steps {
		palette = append(palette, colourAt(lo+(hi-lo)*(float64(k)+.5)/float64(steps)))
	}
	m := image.NewPaletted(image.Rect(0, 0, p.side, p.side), palette)
	for i, s := range p.state {
		switch {
		case s == clear:
			f := (float64(p.ndvi[i])*ndviStep - lo) / (hi - lo)
			m.Pix[i] = uint8(2 + min(max(int(f*float64(steps)), 0), steps-1))
		case s == masked && onHatch(i%p.side, i/p.side):
			m.Pix[i] = 1
		}
	}
	return m
}
