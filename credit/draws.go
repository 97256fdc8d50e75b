package credit

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"sync"
)

// Draws is the number of simulated harvests of a decision; the second half
// mirrors the first (antithetic).
const Draws = 4096

const (
	half       = Draws / 2
	tableCount = 64
)

// drawTables holds standard normal values, stratified: each table has one
// value, of random sign, from each pair of mirrored strata of 1/4096, in an
// order of its own, twice over. With the mirrored half every stratum is hit
// once, so that means are almost exact. A stream of a decision is half a table
// from an offset on.
type drawTables [tableCount][2 * half]float64

var drawn = sync.OnceValue(func() *drawTables {
	var upper [half]float64
	for i := range upper {
		upper[i] = normalQuantile((float64(half+i) + 0.5) / Draws)
	}
	r := rand.New(rand.NewPCG(0x5061727573, 0x6c656e64)) // PCG's sequence is fixed by its definition
	t := new(drawTables)
	for k := range t {
		for i, j := range permutation(r) {
			t[k][i] = upper[j]
			if r.Uint64()&1 == 1 {
				t[k][i] = -upper[j]
			}
			t[k][i+half] = t[k][i]
		}
	}
	return t
})

// permutation is Fisher and Yates's shuffle over raw PCG output; half is a
// small number, so the bias of the remainder, under 2⁻⁵⁰, shows nowhere.
func permutation(r *rand.Rand) [half]int {
	var p [half]int
	for i := range p {
		p[i] = i
	}
	for i := half - 1; i > 0; i-- {
		j := int(r.Uint64() % uint64(i+1))
		p[i], p[j] = p[j], p[i]
	}
	return p
}

// seed identifies the draws of a decision: SHA-256 of household, season, model
// and policy.
type seed [sha256.Size]byte

func newSeed(c Case, p Policy) seed {
	return sha256.Sum256(lengthPrefixed("seed", c.HouseholdID, c.Season, c.ModelVersion, p.Version))
}

func lengthPrefixed(parts ...string) []byte {
	var b []byte
	for _, s := range parts {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

// stream is a place in the tables, and whether its sign is turned.
type stream struct {
	at   uint32
	flip bool
}

// view is a stream's first half of values, each to be taken times sign; the
// other half is its negative.
func (x stream) view() (values *[half]float64, sign float64) {
	sign = 1
	if x.flip {
		sign = -1
	}
	from := x.at % half
	return (*[half]float64)(drawn()[x.at/half][from : from+half]), sign
}

// streams hands out the normal streams of one decision. A stream depends on
// the seed and its name alone, so neither the order of parcels nor another
// parcel changes it; only where two names fall on the very same stream, the
// later one moves on.
type streams struct {
	seed  seed
	taken map[uint32]bool
	name  []byte
}

func (s *streams) find(name, item string) stream {
	s.name = append(s.name[:0], s.seed[:]...)
	s.name = append(s.name, name...)
	s.name = append(s.name, 0)
	s.name = append(s.name, item...)
	h := sha256.Sum256(s.name)
	at := binary.LittleEndian.Uint32(h[:]) % (tableCount * half)
	for s.taken[at] {
		at = (at + half + 1) % (tableCount * half)
	}
	s.taken[at] = true
	return stream{at, h[8]&1 == 1}
}
