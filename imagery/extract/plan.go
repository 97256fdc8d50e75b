package extract

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/zonal"
)

// tilePixels is the size that windows of work aim at: 512 × 512, one stored
// block of most cloud-optimised files.
const tilePixels = 512 * 512

// maxTileSide bounds the memory of a window where a file is stored in blocks
// that are larger, or says so: 4096² pixels of 8 bytes are 128 MB.
const maxTileSide = 4096

// chunkPixels is how many pixels one task reads of each band.
const chunkPixels = 1 << 22

// plan is the coverage of all parcels on one grid with one layout of stored
// blocks. Rasters that share both share the plan, which is made when the first
// of them is read and let go after the last.
type plan struct {
	info    gdal.Info // of one of its rasters
	state   planState
	uses    int // units that still need it
	chunks  [][]tile
	shared  []sharedParcel // parcels that lie in several tiles, by number
	parts   int            // places for parts of shared parcels
	refused map[int]string // parcels that cannot be measured, and why
	full    []float64      // per parcel Σc on the grid: its count where nothing lacks data
	text    [][]byte       // full, written; nil where the parcel is refused
}

type planState int

const (
	planned planState = iota
	making
	made
)

// tile is a window that is read at once, made of whole stored blocks.
type tile struct {
	window imagery.Window
	cover  *zonal.Coverage
	number []int32 // per shape of cover, the parcel
	part   []int32 // per shape of cover, its place among the parts; −1 where the parcel lies in no other tile
}

// sharedParcel is a parcel whose parts, in the order of the tiles, are
// [from, to).
type sharedParcel struct{ number, from, to int }

// planKey tells which rasters share a plan.
func planKey(in gdal.Info) string {
	return fmt.Sprintf("%s %v %d %d %v", in.Grid.CRS, in.Grid.Transform, in.Grid.Width, in.Grid.Height, in.Blocks)
}

// make computes the coverage of shapes, which are in the grid's CRS.
func (p *plan) make(shapes []zonal.Shape, threads int) {
	prepared, refused := zonal.Prepare(p.info.Grid, shapes)
	p.refused = map[int]string{}
	for i := range prepared.Len() { // refusals come in the order of the shapes
		if prepared.Bounds(i).Empty() {
			p.refused[i] = refused[len(p.refused)].Reason
		}
	}
	windows, columns := tileWindows(p.info)
	lists := assign(prepared, windows, columns)
	tiles := make([]tile, len(windows))
	spread(threads, len(windows), func(i int) {
		tiles[i].window = windows[i]
		if len(lists[i]) == 0 {
			return
		}
		cover, numbers := prepared.CoverNumbered(windows[i], lists[i])
		tiles[i].cover, tiles[i].number = cover, make([]int32, len(numbers))
		for k, n := range numbers {
			tiles[i].number[k] = int32(n)
		}
	})
	tiles = slices.DeleteFunc(tiles, func(t tile) bool { return len(t.number) == 0 })
	p.share(tiles, len(shapes))
	p.cut(tiles)
	p.weigh(tiles, len(shapes))
}

// tileWindows cuts a grid into windows of whole stored blocks, row by row.
func tileWindows(in gdal.Info) (windows []imagery.Window, columns int) {
	w, h := in.Grid.Width, in.Grid.Height
	bw, bh := min(max(in.Blocks[0], 1), w), min(max(in.Blocks[1], 1), h)
	tw := min(w, bw*max(1, 512/bw), maxTileSide)
	th := min(h, bh*max(1, tilePixels/tw/bh), maxTileSide)
	for y := 0; y < h; y += th {
		for x := 0; x < w; x += tw {
			windows = append(windows, imagery.Window{X: x, Y: y, Width: min(tw, w-x), Height: min(th, h-y)})
		}
	}
	return windows, (w + tw - 1) / tw
}

// assign lists, for each window, the shapes that may touch it.
func assign(p *zonal.Prepared, windows []imagery.Window, columns int) [][]int {
	lists := make([][]int, len(windows))
	tw, th := windows[0].Width, windows[0].Height
	rows := len(windows) / columns
	for i := range p.Len() {
		b := p.Bounds(i)
		if b.Empty() {
			continue
		}
		for y := max(0, floorDiv(b.Y, th)); y <= min(rows-1, floorDiv(b.Y+b.Height-1, th)); y++ {
			for x := max(0, floorDiv(b.X, tw)); x <= min(columns-1, floorDiv(b.X+b.Width-1, tw)); x++ {
				lists[y*columns+x] = append(lists[y*columns+x], i)
			}
		}
	}
	return lists
}

func floorDiv(a, b int) int {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}

// share gives the parcels that lie in several tiles places for their parts.
func (p *plan) share(tiles []tile, parcels int) {
	count := make([]int32, parcels)
	for _, t := range tiles {
		for _, n := range t.number {
			count[n]++
		}
	}
	next := count // becomes the place of the parcel's next part, or −1
	for n, c := range count {
		next[n] = -1
		if c > 1 {
			p.shared = append(p.shared, sharedParcel{n, p.parts, p.parts + int(c)})
			next[n] = int32(p.parts)
			p.parts += int(c)
		}
	}
	for i := range tiles {
		tiles[i].part = make([]int32, len(tiles[i].number))
		for k, n := range tiles[i].number {
			tiles[i].part[k] = next[n]
			if next[n] >= 0 {
				next[n]++
			}
		}
	}
}

// cut makes runs of tiles, each read by one task.
func (p *plan) cut(tiles []tile) {
	from, pixels := 0, 0
	for i, t := range tiles {
		if pixels += t.window.Width * t.window.Height; pixels >= chunkPixels || i == len(tiles)-1 {
			p.chunks = append(p.chunks, tiles[from:i+1])
			from, pixels = i+1, 0
		}
	}
}

// weigh sums the coverage of each parcel and writes it once for all bands.
func (p *plan) weigh(tiles []tile, parcels int) {
	p.full, p.text = make([]float64, parcels), make([][]byte, parcels)
	for _, t := range tiles {
		for i, n := range t.number {
			p.full[n] += float64(t.cover.Weight(i)) / zonal.One
		}
	}
	slab := make([]byte, 0, 12*parcels)
	for i, v := range p.full {
		if _, refused := p.refused[i]; refused {
			continue
		}
		from := len(slab)
		slab = appendNumber(slab, v)
		p.text[i] = slab[from:len(slab):len(slab)]
	}
}

// spread calls do for 0..n−1 from several goroutines.
func spread(threads, n int, do func(i int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range max(1, min(threads, n)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
