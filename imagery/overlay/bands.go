package overlay

import (
	"context"
	"fmt"
	"math"
	"slices"

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

// roles lists what is drawn from, in the order of the channels.
func roles() []spectral.Role {
	return []spectral.Role{spectral.Red, spectral.Green, spectral.Blue, spectral.NIR}
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
	for _, role := range roles() {
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

// read reads window w of a square of the map; the rest stays without data.
func (b *bands) read(ctx context.Context, r observe.Reader, g imagery.Grid, w imagery.Window) (*pixels, error) {
	p := newPixels(g.Width, b.colour(), b.ndvi())
	s := strip{window: w, state: make([]uint8, w.Width*w.Height)}
	for i := range s.state {
		s.state[i] = clear
	}
	for k, role := range roles() {
		band, ok := b.byRole[role]
		if !ok {
			continue
		}
		s.dn[k] = make([]int32, len(s.state))
		if err := r.Read(ctx, band, g, w, s.dn[k]); err != nil {
			return nil, fmt.Errorf("read %s: %w", band.Name, err)
		}
		for i, v := range s.dn[k] {
			if v == observe.NoData {
				s.state[i] = noData
			}
		}
	}
	if !slices.Contains(s.state, clear) {
		return p, nil
	}
	if err := b.cover(ctx, r, g, &s); err != nil {
		return nil, err
	}
	b.paint(p, &s)
	return p, nil
}

// strip is what a window of a scene holds: numbers by the order of roles.
type strip struct {
	window imagery.Window
	state  []uint8
	dn     [4][]int32
}

// cover marks what the mask rules out.
func (b *bands) cover(ctx context.Context, r observe.Reader, g imagery.Grid, s *strip) error {
	if b.mask == nil {
		return nil
	}
	const m = marginPx
	w := s.window
	wide := imagery.Window{X: w.X - m, Y: w.Y - m, Width: w.Width + 2*m, Height: w.Height + 2*m}
	class := make([]int32, wide.Width*wide.Height)
	if err := r.Read(ctx, b.class, g, wide, class); err != nil {
		return fmt.Errorf("read %s: %w", b.class.Name, err)
	}
	ok := cloud.Clear(*b.mask, cloud.Plane{DN: class, Width: wide.Width, Height: wide.Height}, m)
	for i := range s.state {
		if s.state[i] == clear && !ok[(i/w.Width+m)*wide.Width+i%w.Width+m] {
			s.state[i] = masked
		}
	}
	return nil
}

// paint fills states, colours and NDVI.
func (b *bands) paint(p *pixels, s *strip) {
	tones := [3]func(int32) uint8{}
	for c := range tones {
		tones[c] = toneOf(b.byRole[roles()[c]])
	}
	red, nir := b.byRole[spectral.Red], b.byRole[spectral.NIR]
	for i, state := range s.state {
		at := (s.window.Y+i/s.window.Width)*p.side + s.window.X + i%s.window.Width
		p.state[at] = state
		if state == noData {
			continue
		}
		for c := 0; p.rgb != nil && c < 3; c++ {
			p.rgb[3*at+c] = tones[c](s.dn[c][i])
		}
		if p.ndvi == nil || state != clear {
			continue
		}
		v, w := reflectance(red, s.dn[0][i]), reflectance(nir, s.dn[3][i])
		if v+w == 0 {
			p.state[at] = masked
			continue
		}
		p.ndvi[at] = int16(math.Round((w - v) / (w + v) / ndviStep))
	}
}

// reflectance of a number, 0 where the correction of the atmosphere left less.
func reflectance(b imagery.Band, dn int32) float64 { return max(0, float64(dn)*b.Scale+b.Offset) }

// toneOf is the stretch of a band's numbers, as a table for the usual ones.
func toneOf(b imagery.Band) func(int32) uint8 {
	var table [8192]uint8
	for dn := range table {
		table[dn] = stretch(reflectance(b, int32(dn)))
	}
	return func(dn int32) uint8 {
		if dn >= 0 && int(dn) < len(table) {
			return table[dn]
		}
		return stretch(reflectance(b, dn))
	}
}
