package capacity

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Plant is what does the work.
type Plant struct {
	Workers    int // processes, that die one by one
	Places     int // units at once in each; default: 1
	Processors int // of all workers together; default: one a place
	// DatabaseProcessors are those of the database; 0: it runs on the workers'.
	DatabaseProcessors int
	// StoreBytesPerS is what object storage hands out to all; 0: without bound.
	// StreamBytesPerS is what one reader gets of it; default: a tenth of it.
	StoreBytesPerS, StreamBytesPerS float64
	// LogBytesPerS is how fast the database's log can be written; 0: without bound.
	LogBytesPerS float64
}

// Trouble is what goes wrong, and how slow things are beside the work.
type Trouble struct {
	// StageLagS is from the last unit of a stage to the first of the next.
	StageLagS float64
	// Spread is the coefficient of variation of units of one stage, drawn from a
	// lognormal distribution.
	Spread float64
	// Stragglers is the share of units that take StragglerFactor times as long.
	Stragglers, StragglerFactor float64
	// Retries is the share of units that fail at their end and start again.
	Retries float64
	// DeathsPerHour of one worker. What it has in hand waits again after LeaseS;
	// the worker is back after RestartS.
	DeathsPerHour, LeaseS, RestartS float64
	// RoundS is what the database takes for one look at one open run, RoundsPerS
	// how often that is looked at by all workers together.
	RoundS, RoundsPerS float64
}

// Model is a batch of counties on a plant. It leaves out: that a processor which
// many share slows all of them (here they take turns), memory, the network between
// workers and database, vacuum and checkpoints, and that a database with too
// little memory for its indices takes many times longer.
type Model struct {
	Costs    Costs
	Counties []County
	// EveryS is the mean time between two counties; 0: all are there at once.
	EveryS float64
	Plant  Plant
	Trouble
}

func (m Model) withDefaults() Model {
	if m.Plant.Places == 0 {
		m.Plant.Places = 1
	}
	if m.Plant.Processors == 0 {
		m.Plant.Processors = m.Plant.Workers * m.Plant.Places
	}
	if m.Plant.StreamBytesPerS == 0 {
		m.Plant.StreamBytesPerS = m.Plant.StoreBytesPerS / 10
	}
	if m.StragglerFactor == 0 {
		m.StragglerFactor = 1
	}
	return m
}

func (m Model) validate() error {
	p, t := m.Plant, m.Trouble
	share := func(v float64) bool { return v >= 0 && v < 1 }
	switch {
	case len(m.Costs.Stages) == 0 || len(m.Counties) == 0:
		return errors.New("nothing to do: name costs and counties")
	case p.Workers < 1 || p.Places < 1 || p.Processors < 1 || p.DatabaseProcessors < 0:
		return fmt.Errorf("%d workers of %d places on %d processors, %d of the database: want at least one of each", p.Workers, p.Places, p.Processors, p.DatabaseProcessors)
	case !(p.StoreBytesPerS >= 0 && p.LogBytesPerS >= 0) || p.StoreBytesPerS > 0 && !(p.StreamBytesPerS > 0 && p.StreamBytesPerS <= p.StoreBytesPerS):
		return fmt.Errorf("storage of %g bytes a second, %g a reader: want no less in all than for one", p.StoreBytesPerS, p.StreamBytesPerS)
	case !share(t.Stragglers) || !share(t.Retries) || !(t.StragglerFactor >= 1):
		return fmt.Errorf("shares of stragglers %g (factor %g) and of retries %g: want shares below 1, a factor of 1 or more", t.Stragglers, t.StragglerFactor, t.Retries)
	case !(t.StageLagS >= 0 && t.Spread >= 0 && t.DeathsPerHour >= 0 && t.LeaseS >= 0 && t.RestartS >= 0 && m.EveryS >= 0 && t.RoundS >= 0 && t.RoundsPerS >= 0):
		return errors.New("a time, rate or spread is negative")
	case m.rounds() >= 1:
		return fmt.Errorf("looking at open runs alone takes %.1f times the database's processors: nothing would be done", m.rounds())
	}
	return nil
}

// rounds is the share of the database that looking at open runs takes.
func (m Model) rounds() float64 {
	n := m.Plant.DatabaseProcessors
	if n == 0 {
		n = m.Plant.Processors
	}
	return m.RoundS * m.RoundsPerS / float64(n)
}

// Country makes n counties that have so many households together, of sizes that
// vary by a lognormal distribution with a coefficient of variation of 0.6, with
// parcels, scenes, blocks and imagery in the proportion of the one given.
func Country(n int, households float64, like County, seed uint64) []County {
	const spread = 0.6
	r := rand.New(rand.NewPCG(seed, streamCounties))
	weight, sum := make([]float64, n), 0.0
	for i := range weight {
		weight[i] = lognormal(r, spread)
		sum += weight[i]
	}
	out := make([]County, n)
	for i, w := range weight {
		h := max(1, math.Round(households*w/sum))
		share := h / float64(like.Households)
		out[i] = County{Households: int(h), Parcels: int(math.Round(float64(like.Parcels) * share)), Scenes: like.Scenes,
			Blocks: max(1, int(math.Round(float64(like.Blocks)*share))), ReadBytes: int64(float64(like.ReadBytes) * share)}
	}
	return out
}

// Streams of random numbers, so that one draw more of a kind moves no other.
const (
	streamCounties = iota + 1
	streamArrivals
	streamDeaths
	streamUnits
)

// lognormal draws from a lognormal distribution of mean 1 with a coefficient of
// variation: σ² = ln(1 + cv²), μ = −σ²/2.
func lognormal(r *rand.Rand, cv float64) float64 {
	if cv == 0 {
		return 1
	}
	s2 := math.Log1p(cv * cv)
	return math.Exp(math.Sqrt(s2)*r.NormFloat64() - s2/2)
}
