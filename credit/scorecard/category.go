package scorecard

import (
	"cmp"
	"slices"
)

// words bins a column of words. Levels below the least counts are pooled;
// levels and pool are put in the order of their weight, along which the best
// grouping is found among those of neighbours (Fisher 1958).
func (b binning) words(cells []string, bad []bool) []Bin {
	counts, missing := map[string]*item{}, item{}
	for i, cell := range cells {
		if cell == "" {
			missing.count(bad[i])
			continue
		}
		if counts[cell] == nil {
			counts[cell] = &item{}
		}
		counts[cell].count(bad[i])
	}
	groups := b.levels(counts)
	items := make([]item, len(groups))
	for i, g := range groups {
		items[i] = g.item
	}
	var bins []Bin
	if len(items) > 0 {
		starts := b.split(items, true, false)
		for k, start := range starts {
			end := len(items)
			if k+1 < len(starts) {
				end = starts[k+1]
			}
			bin := Bin{}
			for _, g := range groups[start:end] {
				bin.Levels, bin.Other = append(bin.Levels, g.levels...), bin.Other || g.rare
			}
			slices.Sort(bin.Levels)
			bins = append(bins, b.weigh(bin, items[start:end]...))
		}
	}
	if !slices.ContainsFunc(bins, func(x Bin) bool { return x.Other }) {
		bins = append(bins, b.apart(Bin{Other: true}, item{}))
	}
	return append(bins, b.apart(Bin{Missing: true}, missing))
}

// group is a level, or all rare levels.
type group struct {
	levels []string
	rare   bool
	woe    float64
	item
}

// levels puts the levels, the rare ones pooled, in the order of their weight.
func (b binning) levels(counts map[string]*item) []group {
	var groups []group
	pool := group{rare: true}
	for level, x := range counts {
		if x.rows < b.leastRows || x.bads < b.leastBads || x.rows-x.bads < b.leastGoods {
			pool.levels = append(pool.levels, level)
			pool.rows, pool.bads = pool.rows+x.rows, pool.bads+x.bads
			continue
		}
		groups = append(groups, group{levels: []string{level}, item: *x})
	}
	if pool.rows > 0 {
		slices.Sort(pool.levels)
		groups = append(groups, pool)
	}
	for i := range groups {
		groups[i].woe = b.woe(groups[i].rows, groups[i].bads)
	}
	slices.SortFunc(groups, func(x, y group) int {
		return cmp.Or(-cmp.Compare(x.woe, y.woe), cmp.Compare(x.levels[0], y.levels[0]))
	})
	return groups
}
