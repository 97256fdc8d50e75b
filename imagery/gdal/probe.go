package gdal

import (
	"context"
	"fmt"
	"math"
	"slices"

	"parus/imagery"
	"parus/imagery/cloud"
	"parus/imagery/observe"
	"parus/imagery/sensor"
)

// Probe opens every file of a scene and returns the scene as it can be used:
// each band exists and has a scale (the item's, else the file's tags, else the
// sensor's, recorded in ScaleSource), and the radiometric offset agrees with
// dark pixels or is repaired with a note. It fails, naming file and band,
// where a band cannot be read.
func (r *Reader) Probe(ctx context.Context, s imagery.Scene) (imagery.Scene, error) {
	sensors, err := sensor.Load()
	if err != nil {
		return s, err
	}
	sn, ok := sensors.Find(s.Sensor)
	if !ok {
		return s, fmt.Errorf("scene %s: sensor %q is not known", s.ID, s.Sensor)
	}
	s.Bands, s.Notes = slices.Clone(s.Bands), slices.Clone(s.Notes)
	for i := range s.Bands {
		if err := ctx.Err(); err != nil {
			return s, err
		}
		if err := r.probeBand(&s, i, sn); err != nil {
			return s, fmt.Errorf("scene %s: %s: %w", s.ID, s.Bands[i].Name, err)
		}
	}
	return r.checkOffset(ctx, s, sn)
}

// probeBand opens the band's file and settles scale and nodata.
func (r *Reader) probeBand(s *imagery.Scene, i int, sn sensor.Sensor) error {
	b := &s.Bands[i]
	src, err := r.source(b.Href)
	if err != nil {
		return err
	}
	if err := src.check(*b); err != nil {
		return err
	}
	if _, err := src.sameCRS(src.info.Grid.CRS); err != nil {
		return fmt.Errorf("%s: %w", b.Href, err)
	}
	def, known := sn.Band(b.Name)
	if !known || def.Class {
		return nil
	}
	if b.NoData == nil {
		b.NoData = src.info.Bands[b.Index-1].NoData
	}
	if b.NoData == nil {
		b.NoData = def.NoData
	}
	if b.Scale != 0 {
		return nil
	}
	if in := src.info.Bands[b.Index-1]; in.Scale != 0 && in.Scale != 1 {
		b.Scale, b.Offset, b.ScaleSource = in.Scale, in.Offset, "file"
		return nil
	}
	dn, _ := sn.OffsetDN(s.Baseline)
	b.Scale, b.Offset, b.ScaleSource = def.Scale, def.Offset+dn*def.Scale, "sensor"
	return nil
}

// checkOffset compares the declared offset with dark pixels and repairs it.
func (r *Reader) checkOffset(ctx context.Context, s imagery.Scene, sn sensor.Sensor) (imagery.Scene, error) {
	if len(sn.Offsets) == 0 || sn.Mask == nil {
		return s, nil
	}
	dark, err := r.dark(ctx, s, sn)
	if err != nil {
		return s, fmt.Errorf("scene %s: radiometric check: %w", s.ID, err)
	}
	declared := 0.0
	for _, b := range s.Bands {
		if b.Scale != 0 {
			declared = min(declared, math.Round(b.Offset/b.Scale))
		}
	}
	v := cloud.CheckOffset(sn, declared, dark)
	if v.Note != "" {
		s.Notes = append(s.Notes, v.Note)
	}
	if v.OffsetDN == declared {
		return s, nil
	}
	for i := range s.Bands {
		b := &s.Bands[i]
		if def, ok := sn.Band(b.Name); ok && !def.Class {
			b.Offset = v.OffsetDN * b.Scale
		}
	}
	return s, nil
}

// Dark pixels are looked for in probes × probes windows of probePx pixels,
// spread evenly over the scene: at most a million pixels a band.
const (
	probes  = 5
	probePx = 192
)

// dark gathers the DN of the blue and red bands on dark classes.
func (r *Reader) dark(ctx context.Context, s imagery.Scene, sn sensor.Sensor) ([]cloud.Dark, error) {
	mask, ok := s.Band(sn.Mask.Band)
	if !ok {
		return nil, fmt.Errorf("mask band %s is missing", sn.Mask.Band)
	}
	var out []cloud.Dark
	for _, role := range []string{"blue", "red"} {
		def, ok := sn.Band(role)
		if !ok {
			continue
		}
		b, ok := s.Band(def.Name)
		if !ok {
			continue
		}
		values, err := r.darkValues(ctx, b, mask, sn)
		if err != nil {
			return nil, err
		}
		out = append(out, cloud.Dark{Band: b.Name, Pixels: len(values), P05: cloud.Percentile(values, .05)})
	}
	return out, nil
}

func (r *Reader) darkValues(ctx context.Context, b, mask imagery.Band, sn sensor.Sensor) ([]int32, error) {
	src, err := r.source(b.Href)
	if err != nil {
		return nil, err
	}
	if !src.upright() {
		return nil, nil
	}
	var values []int32
	for _, w := range probeWindows(src.info.Grid) {
		n := w.Width * w.Height
		dn, class := make([]int32, n), make([]int32, n)
		if err := r.Read(ctx, b, src.info.Grid, w, dn); err != nil {
			return nil, err
		}
		if err := r.Read(ctx, mask, src.info.Grid, w, class); err != nil {
			return nil, err
		}
		clear := cloud.Clear(*sn.Mask, cloud.Plane{DN: class, Width: w.Width, Height: w.Height}, 2)
		for i, ok := range clear {
			if ok && dn[i] != observe.NoData && slices.Contains(sn.Mask.Dark, int(class[i])) {
				values = append(values, dn[i])
			}
		}
	}
	return values, nil
}

// probeWindows spreads windows over a grid; a small grid is one window.
func probeWindows(g imagery.Grid) []imagery.Window {
	if g.Width <= probes*probePx && g.Height <= probes*probePx {
		return []imagery.Window{{Width: g.Width, Height: g.Height}}
	}
	var out []imagery.Window
	for j := range probes {
		for i := range probes {
			w, h := min(probePx, g.Width), min(probePx, g.Height)
			out = append(out, imagery.Window{
				X: (g.Width - w) * (2*i + 1) / (2 * probes), Y: (g.Height - h) * (2*j + 1) / (2 * probes), Width: w, Height: h,
			})
		}
	}
	return out
}
