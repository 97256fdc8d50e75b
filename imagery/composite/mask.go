package composite

import (
	"context"

	"parus/imagery"
	"parus/imagery/cloud"
)

// readMask fills p.clear. The mask is read with its margin beyond the window,
// so that clouds just outside count as they do inside.
func (s *source) readMask(ctx context.Context, r Pixels, t *tile, p *planes) error {
	w, m := t.window, t.margin
	p.clear = resize(p.clear, w.Width*w.Height)
	if s.mask == nil {
		p.any = true
		for i := range p.clear {
			p.clear[i] = true
		}
		return nil
	}
	wide := grown(w, m, t.grid)
	t.classes = resize(t.classes, wide.Width*wide.Height)
	native, err := r.ReadNative(ctx, s.maskBand, t.grid, wide, t.classes)
	if err != nil {
		return err
	}
	if native && len(s.mask.InvalidBits) == 0 {
		p.any = s.judge(t, wide, p.clear)
		return nil
	}
	t.dn = resize(t.dn, wide.Width*wide.Height)
	if err := r.Read(ctx, s.maskBand, t.grid, wide, t.dn); err != nil {
		return err
	}
	ok := cloud.Clear(*s.mask, cloud.Plane{DN: t.dn, Width: wide.Width, Height: wide.Height}, m)
	p.any = false
	for y := range w.Height {
		from := (y+w.Y-wide.Y)*wide.Width + w.X - wide.X
		copy(p.clear[y*w.Width:(y+1)*w.Width], ok[from:from+w.Width])
		for _, c := range p.clear[y*w.Width : (y+1)*w.Width] {
			p.any = p.any || c
		}
	}
	return nil
}

// grown is the window with a margin, within the grid.
func grown(w imagery.Window, m int, g imagery.Grid) imagery.Window {
	x0, y0 := max(0, w.X-m), max(0, w.Y-m)
	x1, y1 := min(g.Width, w.X+w.Width+m), min(g.Height, w.Y+w.Height+m)
	return imagery.Window{X: x0, Y: y0, Width: x1 - x0, Height: y1 - y0}
}

// judge tells by the mask's table which pixels of the window are clear, and
// whether any may be. It is cloud.Clear for classes of a byte, without copies.
func (s *source) judge(t *tile, wide imagery.Window, clear []bool) (any bool) {
	w := t.window
	near := t.margin > 0 && s.spreads(t.classes)
	if near {
		s.startMargin(t, wide)
	}
	for y := range w.Height {
		row := y + w.Y - wide.Y
		if near {
			t.moveMargin(wide, row, y == 0)
		}
		from := row*wide.Width + w.X - wide.X
		out := clear[y*w.Width : (y+1)*w.Width]
		for x, c := range t.classes[from : from+w.Width] {
			ok := c < 256 && !s.invalid[c&255]
			out[x] = ok
			any = any || ok
		}
		if !near {
			continue
		}
		for x, n := range t.spoilt[w.X-wide.X:][:w.Width] {
			out[x] = out[x] && n == 0
		}
	}
	return any
}

func (s *source) spreads(classes []uint16) bool {
	for _, c := range classes {
		if c < 256 && s.spread[c&255] {
			return true
		}
	}
	return false
}

// startMargin marks in t.near the pixels that have a class that spreads within
// the margin along their row.
func (s *source) startMargin(t *tile, wide imagery.Window) {
	t.near = resize(t.near, len(t.classes))
	for y := range wide.Height {
		row, near := t.classes[y*wide.Width:(y+1)*wide.Width], t.near[y*wide.Width:(y+1)*wide.Width]
		until := -1 // near reaches up to here, by a pixel to the left
		for x, c := range row {
			if c < 256 && s.spread[c&255] {
				for j := max(until+1, x-t.margin); j < x; j++ {
					near[j] = 1
				}
				until = x + t.margin
			}
			near[x] = 0
			if x <= until {
				near[x] = 1
			}
		}
	}
}

// moveMargin makes t.spoilt, for each column, how many pixels of t.near lie
// within the margin above and below a row, from what it was for the row before.
func (t *tile) moveMargin(wide imagery.Window, row int, first bool) {
	line := func(y int) []uint8 { return t.near[y*wide.Width : (y+1)*wide.Width] }
	enter := row + t.margin
	if first {
		t.spoilt = resize(t.spoilt, wide.Width)
		clear(t.spoilt)
		for y := max(0, row-t.margin); y < min(enter, wide.Height); y++ {
			for x, v := range line(y) {
				t.spoilt[x] += uint16(v)
			}
		}
	} else if leave := row - t.margin - 1; leave >= 0 {
		spoilt := t.spoilt[:wide.Width]
		for x, v := range line(leave) {
			spoilt[x] -= uint16(v)
		}
	}
	if enter < wide.Height {
		spoilt := t.spoilt[:wide.Width]
		for x, v := range line(enter) {
			spoilt[x] += uint16(v)
		}
	}
}
