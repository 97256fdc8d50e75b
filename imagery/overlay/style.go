package overlay

import (
	"fmt"
	"image/color"
	"math"
)

// Kind is what an overlay shows.
type Kind string

// The kinds. TrueColour is red, green and blue as the eye would see them, clouds
// included; Vegetation is NDVI where the mask says clear, hatched where not.
const (
	TrueColour Kind = "truecolour"
	Vegetation Kind = "vegetation"
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{TrueColour, Vegetation} }

// The stretch of true colour: reflectance 0 is black, whiteReflectance and
// more is white, and between them v = (ρ / whiteReflectance)^(1/stretchGamma).
// Crops and soils reflect 0.02 to 0.25 in the visible bands, so they use most
// of the scale; clouds are white.
const (
	whiteReflectance = 0.3
	stretchGamma     = 1.5
)

// stretch turns a reflectance into a brightness.
func stretch(reflectance float64) uint8 {
	v := min(max(reflectance/whiteReflectance, 0), 1)
	return uint8(math.Round(255 * math.Pow(v, 1/stretchGamma)))
}

// Stop is one colour of the legend of vegetation.
type Stop struct {
	NDVI   float64 `json:"ndvi"`
	Colour string  `json:"colour" doc:"#rrggbb"`
}

// ramp runs from bare soil to dense plants. It gets darker all the way, so that
// it reads the same without red and green, in grey and in print; between stops
// colours run straight in sRGB.
func ramp() []Stop {
	return []Stop{
		{0.0, "#fbf3dc"}, {0.2, "#ecd9a0"}, {0.4, "#b9c46b"}, {0.6, "#5fa15b"}, {0.8, "#1f6f5c"}, {0.95, "#0b3d4a"},
	}
}

// Legend returns the colours of vegetation with their values; below the first
// and above the last the colour stays.
func Legend() []Stop { return ramp() }

// colourAt is the ramp's colour of an NDVI.
func colourAt(ndvi float64) color.NRGBA {
	stops := ramp()
	for i := 1; i < len(stops); i++ {
		if ndvi <= stops[i].NDVI {
			a, b := stops[i-1], stops[i]
			f := min(max((ndvi-a.NDVI)/(b.NDVI-a.NDVI), 0), 1)
			x, y := parse(a.Colour), parse(b.Colour)
			mix := func(p, q uint8) uint8 { return uint8(math.Round(float64(p) + f*(float64(q)-float64(p)))) }
			return color.NRGBA{mix(x.R, y.R), mix(x.G, y.G), mix(x.B, y.B), 255}
		}
	}
	return parse(stops[len(stops)-1].Colour)
}

// parse reads #rrggbb; the ramp's colours are well formed, which a test holds.
func parse(hex string) color.NRGBA {
	c := color.NRGBA{A: 255}
	_, _ = fmt.Sscanf(hex, "#%02x%02x%02x", &c.R, &c.G, &c.B)
	return c
}

// A masked pixel is hatched: lines of hatchLinePx in every hatchPx along the
// diagonal, in a grey that lets the map shine through; between them nothing is
// drawn. hatchPx divides a tile, so the lines go on from tile to tile.
const (
	hatchPx     = 8
	hatchLinePx = 2
)

func hatchGrey() color.NRGBA { return color.NRGBA{R: 90, G: 90, B: 98, A: 170} }

func onHatch(x, y int) bool { return (x+y)%hatchPx < hatchLinePx }
