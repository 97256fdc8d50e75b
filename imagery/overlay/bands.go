package overlay

import (
	"context"
	"fmt"
	"math"

	"parus/imagery"
	"parus/imagery/cloud"
	"parus/imagery/observe"
	"parus/imagery/sensor"
	"parus/imagery/spectral"
)

// marginPx is the margin around what spoils its surroundings, in pixels of
// MaxZoom: at least 13 m on the ground up to 45° of latitude.
const marginPx = 2

// bands is what a scene offers to draw from.
type bands struct {
	byRole map[spectral.Role]imagery.Band
	mask   *sensor.Mask
	class  imagery.Band
}

func bandsOf(s imagery.Scene) (*bands, error) {
	sensors, err := sensor.Load()
	if err != nil {
		return nil, err
	}
	sn, ok := sensors.Find(s.Sensor)
	if !ok {
		return nil, fmt.Errorf("scene %s: sensor %q is not known", s.ID, s.Sensor)
	}
	b := &bands{byRole: map[spectral.Role]imagery.Band{}, mask: sn.Mask}
	for _, role := range []spectral.Role{spectral.Red, spectral.Green, spectral.Blue, spectral.NIR} {
		if def, ok := sn.Role(role); ok {
			if band, ok := s.Band(def.Name); ok && band.Scale != 0 {
				b.byRole[role] = band
			}
		}
	}
	if b.mask != nil {
		if b.class, ok = s.Band(sn.Mask.Band); !ok {
			return nil, fmt.Errorf("scene %s: mask band %s is missing", s.ID, sn.Mask.Band)
		}
	}
	if len(b.kinds()) == 0 {
		return nil, fmt.Errorf("scene %s: overlays need red with green and blue, or red with near infrared: %w", s.ID, ErrNothing)
	}
	return b, nil
}

func (b *bands) has(roles ...spectral.Role) bool {
	for _, r := range roles {
		if _, ok := b.byRole[r]; !ok {
			return false
		}
	}
	return true
}

func (b *bands) colour() bool { return b.has(spectral.Red, spectral.Green, spectral.Blue) }
func (b *bands) ndvi() bool   { return b.has(spectral.Red, spectral.NIR) }

func (b *bands) kinds() []Kind {
	var out []Kind
	if b.colour() {
		out = append(out, TrueColour)
	}
	if b.ndvi() {
		out = append(out, Vegetation)
	}
	return out
}

// read reads a square of the map.
func (b *bands) read(ctx context.Context, r observe.Reader, g imagery.Grid) (*pixels, error) {
	p := newPixels(g.Width, b.colour(), b.ndvi())
	n := g.Width * g.Height
	dn := map[spectral.Role][]int32{}
	for role, band := range b.byRole {
		dn[role] = make([]int32, n)
		if err := r.Read(ctx, band, g, imagery.Window{Width: g.Width, Height: g.Height}, dn[role]); err != nil {
			return nil, fmt.Errorf("read %s: %w", band.Name, err)
		}
	}
	for i := range n {
		p.state[i] = clear
		for role := range b.byRole {
			if dn[role][i] == observe.NoData {
				p.state[i] = noData
			}
		}
	}
	if !p.any() {
		return p, nil
	}
	if err := b.cover(ctx, r, g, p); err != nil {
		return nil, err
	}
	b.paint(p, dn)
	return p, nil
}

// cover marks what the mask rules out.
func (b *bands) cover(ctx context.Context, r observe.Reader, g imagery.Grid, p *pixels) error {
	if b.mask == nil {
		return nil
	}
	const m = marginPx
	wide := imagery.Window{X: -m, Y: -m, Width: g.Width + 2*m, Height: g.Height + 2*m}
	class := make([]int32, wide.Width*wide.Height)
	if err := r.Read(ctx, b.class, g, wide, class); err != nil {
		return fmt.Errorf("read %s: %w", b.class.Name, err)
	}
	ok := cloud.Clear(*b.mask, cloud.Plane{DN: class, Width: wide.Width, Height: wide.Height}, m)
	for y := range g.Height {
		for x := range g.Width {
			if !ok[(y+m)*wide.Width+x+m] && p.state[y*g.Width+x] == clear {
				p.state[y*g.Width+x] = masked
			}
		}
	}
	return nil
}

// paint fills colours and NDVI of pixels with data.
func (b *bands) paint(p *pixels, dn map[spectral.Role][]int32) {
	reflectance := func(role spectral.Role, i int) float64 {
		band := b.byRole[role]
		return max(0, float64(dn[role][i])*band.Scale+band.Offset)
	}
	for i, s := range p.state {
		if s == noData {
			continue
		}
		if p.rgb != nil {
			p.rgb[3*i] = stretch(reflectance(spectral.Red, i))
			p.rgb[3*i+1] = stretch(reflectance(spectral.Green, i))
			p.rgb[3*i+2] = stretch(reflectance(spectral.Blue, i))
		}
		if p.ndvi == nil || s != clear {
			continue
		}
		red, nir := reflectance(spectral.Red, i), reflectance(spectral.NIR, i)
		if red+nir == 0 {
			p.state[i] = masked
			continue
		}
		p.ndvi[i] = int16(math.Round((nir - red) / (nir + red) / ndviStep))
	}
}
