package portfolio

import (
	"cmp"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"parus/credit"
)

// draws are the scenarios of all counties. Every county's shock, and the sum of
// its households' own fortunes, hit each of as many strata of equal probability
// as there are scenarios once, in an order of their own (Latin hypercube, McKay
// et al. 1979), which follows from the county's code alone: a county added
// elsewhere changes no other's draws.
type draws struct {
	n      int
	rho    float64
	shared []float64 // the factor of all counties, nil where they are independent
	order  []uint32
}

func newDraws(s Settings) *draws {
	d := &draws{n: s.Scenarios, rho: s.CountyRho, order: make([]uint32, s.Scenarios)}
	if d.rho > 0 {
		d.shared = make([]float64, d.n)
		d.normals("parus portfolio", "shared", d.shared)
	}
	return d
}

// strata fills order with a permutation that follows from two names (Fisher and
// Yates over raw PCG output, whose sequence is fixed by its definition).
func (d *draws) strata(name, use string) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(use + "\x00" + name)) // never fails
	r := rand.New(rand.NewPCG(0x5061727573, h.Sum64()))
	for i := range d.order {
		d.order[i] = uint32(i)
	}
	for i := d.n - 1; i > 0; i-- {
		j := r.Uint64() % uint64(i+1)
		d.order[i], d.order[j] = d.order[j], d.order[i]
	}
}

func (d *draws) normals(name, use string, out []float64) {
	d.strata(name, use)
	for i, k := range d.order {
		out[i] = credit.NormalQuantile((float64(k) + 0.5) / float64(d.n))
	}
}

// shocks gives the cell of a county's shock in every scenario. Where counties
// share a factor the sum of both parts is put into strata again by its rank, so
// that every county meets each stratum once whatever the correlation.
func (d *draws) shocks(code string, cell []uint16) {
	d.strata(code, "shock")
	at := func(rank int) uint16 { return uint16(rank * cells / d.n) }
	if d.shared == nil {
		for i, k := range d.order {
			cell[i] = at(int(k))
		}
		return
	}
	common, own := math.Sqrt(d.rho), math.Sqrt(1-d.rho)
	z := make([]float64, d.n)
	for i, k := range d.order {
		z[i] = float64(common*d.shared[i]) + float64(own*credit.NormalQuantile((float64(k)+0.5)/float64(d.n)))
	}
	for i := range d.order {
		d.order[i] = uint32(i)
	}
	slices.SortFunc(d.order, func(a, b uint32) int { return cmp.Or(cmp.Compare(z[a], z[b]), cmp.Compare(a, b)) })
	for rank, i := range d.order {
		cell[i] = at(rank)
	}
}

// countyLoss is what one county loses in every scenario, yuan.
type countyLoss struct {
	cell  []uint16  // of the shock
	own   []float64 // normal: how households' own fortunes add up
	mean  [cells]float64
	sd    bins
	rates [cells]float64
}

// load draws a county and sums its crops' curves.
func (l *countyLoss) load(d *draws, z []float64, code string, c *county) {
	d.shocks(code, l.cell)
	d.normals(code, "own", l.own)
	clear(l.mean[:])
	l.sd = bins{}
	for _, crop := range crops(c) {
		s := c.segments[crop]
		s.curve(z, &l.rates)
		for i, r := range l.rates {
			l.mean[i] += r
		}
		for b, v := range s.variance {
			l.sd[b] += float64(v)
		}
	}
	for b, v := range l.sd {
		l.sd[b] = math.Sqrt(v)
	}
}

// loss is the county's in scenario i: what the shock makes expected, and what
// households' own fortunes add, which by the central limit theorem is normal;
// never below 0. own is the second part.
func (l *countyLoss) loss(i int) (loss, own float64) {
	cell := l.cell[i]
	mean := l.mean[cell]
	own = math.Max(-mean, float64(l.sd[cell/fine]*l.own[i]))
	return mean + own, own
}

// curve is the segment's expected loss by cell, yuan.
func (s *segment) curve(z []float64, out *[cells]float64) {
	var rate bins // of default, weighted by what is lost
	if s.atRisk == 0 {
		clear(out[:])
		return
	}
	for b, l := range s.loss {
		rate[b] = float64(l) / float64(s.atRisk)
	}
	curve(z, rate, out[:])
	for i := range out {
		out[i] *= float64(s.atRisk) / 1e5
	}
}

// tail is what the worst scenarios have in common.
type tail struct {
	shortfall, at float64 // yuan: the mean of the tail, and its least (value at risk)
	sd            float64 // of the losses within the tail
	mean          float64 // of all scenarios
	n             int     // scenarios in the tail
	ranks         []bool  // by scenario
}

// worst finds the ⌈(1 − level)·n⌉ worst scenarios; ties go to the earlier one.
func worst(losses []float64, level float64) tail {
	order := make([]int32, len(losses))
	t := tail{ranks: make([]bool, len(losses)), n: int(math.Ceil(float64(len(losses))*(1-level) - 1e-9))}
	for i, l := range losses {
		order[i] = int32(i)
		t.mean += l / float64(len(losses))
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(losses[b], losses[a]), cmp.Compare(a, b)) })
	for _, i := range order[:t.n] {
		t.ranks[i] = true
		t.shortfall += losses[i] / float64(t.n)
	}
	t.at = losses[order[t.n-1]]
	for _, i := range order[:t.n] {
		d := losses[i] - t.shortfall
		t.sd += float64(d*d) / float64(t.n)
	}
	t.sd = math.Sqrt(t.sd)
	return t
}

// contributions is what each crop of the county adds to the shortfall: the mean
// of its loss over the tail's scenarios (Tasche 1999: the Euler allocation of
// expected shortfall). What households' own fortunes add is divided by their
// variances, as the conditional means of independent normals are.
func (l *countyLoss) contributions(z []float64, c *county, t tail) map[string]float64 {
	hits := make([]int, cells)
	var own bins
	for i, in := range t.ranks {
		if in {
			_, extra := l.loss(i)
			hits[l.cell[i]]++
			own[l.cell[i]/fine] += extra
		}
	}
	out := map[string]float64{}
	for _, crop := range crops(c) {
		s := c.segments[crop]
		s.curve(z, &l.rates)
		var sum float64
		for i, n := range hits {
			sum += float64(float64(n) * l.rates[i])
		}
		for b, extra := range own {
			if v := float64(l.sd[b] * l.sd[b]); v > 0 {
				sum += float64(extra*float64(s.variance[b])) / v
			}
		}
		out[crop] = sum / float64(t.n)
	}
	return out
}

func crops(c *county) []string {
	out := make([]string, 0, len(c.segments))
	for crop := range c.segments {
		out = append(out, crop)
	}
	slices.Sort(out)
	return out
}
