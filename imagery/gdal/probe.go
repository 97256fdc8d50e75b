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
	"parus/imagery/spectral"
)

// Probe opens every file of a scene and returns the scene as it can be used:
// each band exists and has a scale (the item's, else the file's tags, else the
// sensor's, recorded in ScaleSource), numbers that are no counts are decoded in
// fixed steps, and the radiometric offset agrees with dark pixels or is
// repaired with a note. It fails, naming file and band, where a band cannot be
// read or its numbers cannot be what they are said to be.
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
	if err := addMask(&s, sn); err != nil {
		return s, fmt.Errorf("scene %s: %w", s.ID, err)
	}
	return r.checkOffset(ctx, s, sn)
}

// addMask gives a scene without a mask band a computed one, where its sensor
// has that rule, and says what is left without.
func addMask(s *imagery.Scene, sn sensor.Sensor) error {
	if sn.Mask == nil {
		return nil
	}
	if _, ok := s.Band(sn.Mask.Band); ok {
		return nil
	}
	if !sn.Mask.Computed {
		if sn.Mask.Optional {
			note(s, "no %s: clouds show only as outliers of the series", sn.Mask.Band)
		}
		return nil // where it is needed, the catalogue has refused the scene
	}
	mask := imagery.Band{Name: sn.Mask.Band, Index: 1}
	for _, role := range []spectral.Role{spectral.Blue, spectral.Green, spectral.Red} {
		def, _ := sn.Role(role)
		b, ok := s.Band(def.Name)
		if !ok {
			return fmt.Errorf("no mask band, and none can be computed without %s", role)
		}
		mask.Href, mask.Of = b.Href, append(mask.Of, b)
	}
	s.Bands = append(s.Bands, mask)
	note(s, "no mask band: bright and hazy pixels are taken for cloud; shadow and thin haze show only as outliers of the series")
	return nil
}

// note adds a sentence, once.
func note(s *imagery.Scene, format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(s.Notes, text) {
		s.Notes = append(s.Notes, text)
	}
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
	v, err := cloud.CheckOffset(sn, cloud.Claim{DN: declared, Baseline: s.Baseline, Applied: s.OffsetApplied}, dark)
	if err != nil {
		return s, fmt.Errorf("scene %s: %w", s.ID, err)
	}
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
