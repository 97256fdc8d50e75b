package observe

import (
	"fmt"
	"slices"

	"parus/imagery"
	"parus/imagery/sensor"
	"parus/imagery/spectral"
)

// plan is what a block reads and computes: bands once each, layers from them.
type plan struct {
	sensor   sensor.Sensor
	pixelM   float64        // side of the finest pixels measured
	bands    []imagery.Band // every band that a layer needs, once
	asked    []int          // of them, the ones that are layers
	indices  []index
	ndvi     int // position of ndvi in indices, −1 where it is not asked for
	mask     *sensor.Mask
	maskBand imagery.Band
	margin   int
}

type index struct {
	name  string
	bands []int // positions in plan.bands, in the order of rows' argument
	rows  func(dst []float64, reflectance [][]float64)
}

func newPlan(s imagery.Scene, p Params) (*plan, error) {
	sensors, err := sensor.Load()
	if err != nil {
		return nil, err
	}
	sn, ok := sensors.Find(s.Sensor)
	if !ok {
		return nil, fmt.Errorf("sensor %q is not known", s.Sensor)
	}
	if len(p.Bands)+len(p.Indices) == 0 {
		return nil, fmt.Errorf("nothing to measure: name bands or indices")
	}
	pl := &plan{ndvi: -1, mask: sn.Mask, margin: max(0, p.MarginPx), sensor: sn, pixelM: sn.PixelSizeM()}
	if pl.mask != nil {
		if pl.maskBand, ok = s.Band(sn.Mask.Band); !ok && !sn.Mask.Optional {
			return nil, fmt.Errorf("mask band %s is missing", sn.Mask.Band)
		} else if !ok {
			pl.mask = nil
		}
	}
	for _, name := range p.Bands {
		at, err := pl.band(s, name)
		if err != nil {
			return nil, err
		}
		pl.asked = append(pl.asked, at)
	}
	for _, name := range p.Indices {
		if err := pl.index(s, sn, name); err != nil {
			return nil, err
		}
	}
	return pl, nil
}

// band adds a band to what is read, unless it is there, and returns its place.
func (pl *plan) band(s imagery.Scene, name string) (int, error) {
	if at := slices.IndexFunc(pl.bands, func(b imagery.Band) bool { return b.Name == name }); at >= 0 {
		return at, nil
	}
	b, ok := s.Band(name)
	if !ok {
		return 0, fmt.Errorf("band %s is missing", name)
	}
	if b.Scale == 0 {
		return 0, fmt.Errorf("band %s has no scale: neither the item nor the file nor the sensor gives one", name)
	}
	pl.bands = append(pl.bands, b)
	return len(pl.bands) - 1, nil
}

func (pl *plan) index(s imagery.Scene, sn sensor.Sensor, name string) error {
	x, ok := spectral.Find(name)
	if !ok {
		return fmt.Errorf("index %q is not known", name)
	}
	if x.OfMeans {
		return fmt.Errorf("index %s is made of a parcel's means (imagery/series), not of pixels", name)
	}
	if def, ok := sn.Gives(name); ok { // the product's own, summed like a band
		at, err := pl.band(s, def.Name)
		if err != nil {
			return fmt.Errorf("index %s: %w", name, err)
		}
		pl.asked = append(pl.asked, at)
		return nil
	}
	out := index{name: name, rows: x.Rows}
	for _, role := range x.Roles {
		band, ok := sn.Role(role)
		if !ok {
			return fmt.Errorf("index %s is not available: it needs %s, which %s does not have", name, role, sn.Key)
		}
		at, err := pl.band(s, band.Name)
		if err != nil {
			return fmt.Errorf("index %s: %w", name, err)
		}
		out.bands = append(out.bands, at)
	}
	if name == "ndvi" {
		pl.ndvi = len(pl.indices)
	}
	pl.indices = append(pl.indices, out)
	return nil
}

// layers lists bands, then indices.
func (pl *plan) layers() []Layer {
	var out []Layer
	for _, k := range pl.asked {
		b := pl.bands[k]
		def, _ := pl.sensor.Band(b.Name)
		out = append(out, Layer{Name: def.Layer(), Scale: b.Scale, Offset: b.Offset, Power: def.Quantity == sensor.Power})
	}
	for _, x := range pl.indices {
		out = append(out, Layer{Name: x.name, Scale: indexStep})
	}
	return out
}

// ndviLayer is the place of ndvi among layers, −1 where it is not asked for.
func (pl *plan) ndviLayer() int {
	if pl.ndvi < 0 {
		return -1
	}
	return len(pl.asked) + pl.ndvi
}
