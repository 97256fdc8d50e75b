package composite

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

// Pixels reads windows of bands. One belongs to one goroutine.
type Pixels interface {
	observe.Reader
	// ReadNative fills dst as Read does, but with the file's own numbers, nodata
	// included, and only where the window lies whole on unsigned pixels of the
	// grid itself; else it returns false and leaves Read to do it.
	ReadNative(ctx context.Context, b imagery.Band, g imagery.Grid, w imagery.Window, dst []uint16) (bool, error)
	Close() error
}

// source is one scene as a composite reads it.
type source struct {
	scene    imagery.Scene
	bands    []imagery.Band // in the order of the index's roles
	index    spectral.Index
	plain    bool // a normalised difference of bands of one scale: numbers need no scale
	swapped  bool // its first band is subtracted, not its second
	offset   int32
	mask     *sensor.Mask
	maskBand imagery.Band
	invalid  [256]bool // of the mask
	spread   [256]bool
}

func newSource(s imagery.Scene, index string) (source, error) {
	sensors, err := sensor.Load()
	if err != nil {
		return source{}, err
	}
	sn, ok := sensors.Find(s.Sensor)
	if !ok {
		return source{}, fmt.Errorf("scene %s: sensor %q is not known", s.ID, s.Sensor)
	}
	out := source{scene: s, mask: sn.Mask}
	if out.index, ok = spectral.Find(index); !ok {
		return source{}, fmt.Errorf("index %q is not known", index)
	}
	for _, role := range out.index.Roles {
		def, ok := sn.Role(role)
		if !ok {
			return source{}, fmt.Errorf("scene %s: index %s needs %s, which %s does not have", s.ID, index, role, sn.Key)
		}
		b, ok := s.Band(def.Name)
		if !ok || b.Scale == 0 {
			return source{}, fmt.Errorf("scene %s: band %s is missing or has no scale", s.ID, def.Name)
		}
		out.bands = append(out.bands, b)
	}
	if sn.Mask != nil {
		if out.maskBand, ok = s.Band(sn.Mask.Band); !ok {
			return source{}, fmt.Errorf("scene %s: mask band %s is missing", s.ID, sn.Mask.Band)
		}
		out.invalid, out.spread = cloud.Table(*sn.Mask)
	}
	out.plain, out.swapped = plainDifference(out.index, out.bands)
	if out.plain {
		out.offset = int32(math.Round(out.bands[0].Offset / out.bands[0].Scale))
	}
	return out, nil
}

// plainDifference tells whether an index is ±(a−b)/(a+b) of two bands whose
// scale and offset agree, so that the scale cancels. It asks the index itself.
func plainDifference(x spectral.Index, bands []imagery.Band) (plain, swapped bool) {
	if len(bands) != 2 || bands[0].Scale != bands[1].Scale || bands[0].Offset != bands[1].Offset {
		return false, false
	}
	a, b := x.Value([]float64{.3, .1}), x.Value([]float64{.02, .04})
	switch {
	case near(a, .5) && near(b, -1./3):
		return true, false
	case near(a, -.5) && near(b, 1./3):
		return true, true
	}
	return false, false
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// nodata is the number that means no data in a native read, −1 where there is
// none that 16 bits hold.
func nodata(b imagery.Band) int32 {
	if b.NoData == nil || *b.NoData != math.Trunc(*b.NoData) || *b.NoData < 0 || *b.NoData > math.MaxUint16 {
		return -1
	}
	return int32(*b.NoData)
}

// planes is what one tile of one scene holds.
type planes struct {
	clear  []bool
	native bool // bands are in u16, else in i32
	u16    [2][]uint16
	i32    [][]int32
	any    bool // some pixel is clear
}

// read fills p with a window of the scene.
func (s *source) read(ctx context.Context, r Pixels, t *tile, p *planes) error {
	if err := s.readMask(ctx, r, t, p); err != nil {
		return fmt.Errorf("scene %s: %w", s.scene.ID, err)
	}
	if !p.any { // nothing of it would count
		return nil
	}
	n := t.window.Width * t.window.Height
	p.native = s.plain
	for k := 0; p.native && k < len(s.bands); k++ {
		p.u16[k] = resize(p.u16[k], n)
		var err error
		if p.native, err = r.ReadNative(ctx, s.bands[k], t.grid, t.window, p.u16[k]); err != nil {
			return fmt.Errorf("scene %s: %w", s.scene.ID, err)
		}
	}
	if p.native {
		return nil
	}
	p.i32 = resize(p.i32, len(s.bands))
	for k, b := range s.bands {
		p.i32[k] = resize(p.i32[k], n)
		if err := r.Read(ctx, b, t.grid, t.window, p.i32[k]); err != nil {
			return fmt.Errorf("scene %s: %w", s.scene.ID, err)
		}
	}
	return nil
}

// put writes the values of n pixels from at on, as date k of a chunk.
func (s *source) put(p *planes, at, n, k int, c *chunk) {
	if !p.any {
		return
	}
	bit, values := uint64(1)<<k, c.values[k*chunkPixels:k*chunkPixels+n]
	if p.native {
		first, second := p.u16[0][at:at+n], p.u16[1][at:at+n]
		numbers := pair{s.offset, nodata(s.bands[0]), nodata(s.bands[1]), bit}
		if s.swapped {
			first, second = second, first
			numbers.noA, numbers.noB = numbers.noB, numbers.noA
		}
		normalise(values, c.masks[:n], first, second, p.clear[at:at+n], &numbers)
		return
	}
	reflectance := make([]float64, len(s.bands))
	for i := range n {
		ok := p.clear[at+i]
		for b := range s.bands {
			dn := p.i32[b][at+i]
			ok = ok && dn != observe.NoData
			reflectance[b] = max(0, float64(dn)*s.bands[b].Scale+s.bands[b].Offset)
		}
		if !ok {
			continue
		}
		if v := s.index.Value(reflectance); !math.IsNaN(v) && !math.IsInf(v, 0) {
			values[i] = float32(min(max(v, -2), 2))
			c.masks[i] |= bit
		}
	}
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
