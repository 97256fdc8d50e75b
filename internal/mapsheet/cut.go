package mapsheet

// Cut cuts a sheet of parcels into one for each tile of a deeper zoom in it, from
// north to south and in these from west to east. Each holds what shows in its tile,
// so that the tile drawn from it is, to the byte, the one drawn from the sheet.
// Whoever draws all tiles in a cell reads its parcels once or twice so, and not
// once for each tile.
func Cut(p Packed, z int) ([]Packed, error) {
	down := z - p.Z
	side := 1 << down
	out := make([]Packed, side*side)
	wide, packers := make([]box, len(out)), make([]Packer, len(out))
	for i := range out {
		out[i].Cell = Cell{z, p.X<<down + i%side, p.Y<<down + i/side}
		wide[i] = gridOf(out[i].Cell).wide()
	}
	c := newCursor(p)
	for c.next() {
		for i, w := range wide {
			if w.meets(c.bound) {
				packers[i].copy(c)
			}
		}
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	for i := range out {
		if packers[i].n == 0 {
			continue
		}
		out[i].Shapes, out[i].Lines = packers[i].Bytes()
	}
	return out, nil
}
