package coldstart

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"parus/fields/crop"
)

// Options tune [Patterns.Classify]; the zero value is right for most.
type Options struct {
	Prior   map[string]float64 // share of each class expected here [equal]
	Threads int                // 0: one a core; changes no byte
}

// Classify returns one posterior a sample, in their order. A sample that no
// curve can be compared with is no error: it gets the prior, abstains and says
// why. Errors are layers that the series do not have and the end of ctx.
func (p *Patterns) Classify(ctx context.Context, samples []crop.Sample, o Options) ([]crop.Posterior, error) {
	if len(samples) == 0 {
		return nil, nil
	}
	d, err := p.distances(ctx, samples, o.Threads)
	if err != nil {
		return nil, fmt.Errorf("compare series with crop patterns: %w", err)
	}
	classes := p.Classes()
	prior := make([]float64, len(classes))
	sum := 0.0
	for c, name := range classes {
		prior[c] = 1
		if len(o.Prior) > 0 {
			prior[c] = o.Prior[name]
		}
		sum += prior[c]
	}
	if !(sum > 0) {
		return nil, fmt.Errorf("compare series with crop patterns: the prior gives none of %s a share", strings.Join(classes, ", "))
	}
	for c := range prior {
		prior[c] /= sum
	}
	out := make([]crop.Posterior, len(samples))
	for i, s := range samples {
		out[i] = p.posterior(s.ID, classes, prior, d[i])
	}
	return out, nil
}

// compared is what one sample's series says of each class.
type compared struct {
	distance []float64 // to the class' nearest curve; +Inf where it cannot be told
	dates    int       // days with a value
}

// distances compares every sample with every class.
func (p *Patterns) distances(ctx context.Context, samples []crop.Sample, threads int) ([]compared, error) {
	physical, err := crop.Physical(samples, p.Layers)
	if err != nil {
		return nil, err
	}
	classes := p.Classes()
	of := make([]int, len(p.Curves))
	for i, c := range p.Curves {
		of[i] = slices.Index(classes, c.Class)
	}
	out := make([]compared, len(samples))
	each(len(samples), threads, func() func(int) {
		w := newWarper(p.Weight)
		return func(i int) {
			if ctx.Err() == nil {
				out[i] = p.compare(w, physical[i], of, len(classes))
			}
		}
	})
	return out, ctx.Err()
}

// Where a series covers less than leastSeen of a curve's span the curve is not
// compared; with fewer than leastDates days nothing is.
const (
	leastSeen  = .5
	leastDates = 4
)

func (p *Patterns) compare(w *warper, s crop.Sample, of []int, classes int) compared {
	seen := binned(s, p.StepDays)
	t := seen.filled(p.StepDays)
	c := compared{distance: make([]float64, classes), dates: len(seen.days)}
	for k := range c.distance {
		c.distance[k] = math.Inf(1)
	}
	if len(seen.days) < leastDates {
		return c
	}
	for i, curve := range p.Curves {
		ref := curve.track(p.StepDays, t.days)
		reach := 2 * float64(p.StepDays)
		span := ref.days[len(ref.days)-1] - ref.days[0]
		series := t.clip(ref.days[0]-reach, ref.days[len(ref.days)-1]+reach)
		if len(series.days) < leastDates {
			continue
		}
		part := ref.clip(series.days[0]-reach, series.days[len(series.days)-1]+reach)
		if len(part.days) < 2 {
			continue
		}
		if part.days[len(part.days)-1]-part.days[0] < leastSeen*span {
			continue
		}
		c.distance[of[i]] = min(c.distance[of[i]], w.distance(part, series, p.Scale))
	}
	return c
}

// binned is a sample as days with values: the means over steps of the calendar,
// steps without any value left out.
func binned(s crop.Sample, step int) track {
	var t track
	var days, count float64
	sums, n := make([]float64, len(s.Values)), make([]float64, len(s.Values))
	bin := math.Inf(-1)
	flush := func() {
		if count == 0 {
			return
		}
		row := make([]float64, len(sums))
		for l := range row {
			row[l] = sums[l] / n[l] // 0/0: a gap
			sums[l], n[l] = 0, 0
		}
		t.days, t.values = append(t.days, days/count), append(t.values, row)
		days, count = 0, 0
	}
	for d, date := range s.Dates {
		x := dayOf(date)
		if b := math.Floor(x / float64(step)); b != bin {
			flush()
			bin = b
		}
		any := false
		for l, row := range s.Values {
			if v := float64(row[d]); v == v {
				sums[l], n[l], any = sums[l]+v, n[l]+1, true
			}
		}
		if any {
			days, count = days+x, count+1
		}
	}
	flush()
	return t
}

// mostFilled is the longest gap, days, across which a line is drawn.
const mostFilled = 40

// filled puts days in gaps of up to mostFilled days on the line between their
// neighbours, so that no day of a curve is compared with a value of another day
// for want of its own, which would favour flat curves.
func (t track) filled(step int) track {
	var out track
	for d, day := range t.days {
		if d > 0 && day-t.days[d-1] <= mostFilled {
			before := t.days[d-1]
			n := math.Floor((day-before)/float64(step) + .5)
			for k := 1.; k < n; k++ {
				row := make([]float64, len(t.values[d]))
				for l := range row {
					row[l] = t.values[d-1][l] + (t.values[d][l]-t.values[d-1][l])*k/n
				}
				out.days, out.values = append(out.days, before+(day-before)*k/n), append(out.values, row)
			}
		}
		out.days, out.values = append(out.days, day), append(out.values, t.values[d])
	}
	return out
}

// posterior weighs the prior by exp(−sharpness · distance), gives tied classes
// equal parts of what they have together, and spreads the doubt.
func (p *Patterns) posterior(id string, classes []string, prior []float64, c compared) crop.Posterior {
	out := crop.Posterior{ID: id, Classes: classes, P: slices.Clone(prior), Set: classes}
	least := math.Inf(1)
	for _, d := range c.distance {
		least = min(least, d)
	}
	if math.IsInf(least, 1) {
		out.Abstained, out.Reason = true, fmt.Sprintf("%d dates with values: too few of any crop's season to compare with its curve", c.dates)
		return out
	}
	sum := 0.0
	for k, d := range c.distance {
		out.P[k] *= math.Exp(-p.Sharpness * (d - least))
		sum += out.P[k]
	}
	for k := range out.P {
		out.P[k] = (1-p.Doubt)*out.P[k]/sum + p.Doubt*prior[k]
	}
	tied := p.share(classes, prior, out.P)
	best, share := out.Best()
	out.Set = within(classes, out.P)
	switch {
	case p.Farthest > 0 && least > p.Farthest:
		out.Abstained, out.Reason = true, fmt.Sprintf("like no crop's curve: the nearest, %s, is %.2f away", best, least)
	case len(tied[best]) > 0 && share < p.AbstainBelow:
		out.Abstained, out.Reason = true, fmt.Sprintf("%s share a calendar: without labels of the county they cannot be told apart", strings.Join(tied[best], ", "))
	case share < p.AbstainBelow:
		out.Abstained, out.Reason = true, fmt.Sprintf("probability %.2f is below the cut-off %.2f", share, p.AbstainBelow)
	}
	return out
}

// share gives tied classes parts of their common probability in proportion to
// the prior, and returns the tie of each class that has one.
func (p *Patterns) share(classes []string, prior, q []float64) map[string]Tie {
	tied := map[string]Tie{}
	for _, t := range p.Ties {
		all, weight := 0.0, 0.0
		var members []int
		for _, name := range t {
			if k := slices.Index(classes, name); k >= 0 {
				members = append(members, k)
				all, weight = all+q[k], weight+prior[k]
				tied[name] = t
			}
		}
		for _, k := range members {
			if weight > 0 {
				q[k] = all * prior[k] / weight
			}
		}
	}
	return tied
}

// within is the least set of classes, the likeliest first, that has nine tenths
// of the probability. It is no conformal set: nothing here was checked by labels
// of the place.
func within(classes []string, p []float64) []string {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] > p[b]:
			return -1
		case p[a] < p[b]:
			return 1
		}
		return 0
	})
	var out []string
	sum := 0.0
	for _, k := range order {
		if out = append(out, classes[k]); sum+p[k] >= .9 {
			break
		}
		sum += p[k]
	}
	slices.Sort(out)
	return out
}

// each calls do(0) … do(n−1) on up to threads goroutines (0: one a core), each of
// which has a worker of its own.
func each(n, threads int, worker func() func(i int)) {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(threads, n) {
		wg.Go(func() {
			do := worker()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
