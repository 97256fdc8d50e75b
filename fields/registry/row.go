package registry

import "github.com/paulmach/orb"

// rowState says how a row ends; the highest wins.
type rowState uint8

const (
	accepted rowState = iota
	corrected
	quarantined
)

// row is one record of the parcel layer on its way through the checks.
type row struct {
	number    int32 // record in that file, from 1
	state     rowState
	outside   bool // the shape is unusable for pairs
	code      string
	name      string
	kind      string // DKLB
	village   string // 12 digits
	owner     string // plain files: household id
	crop      string // plain files, only where mapped on purpose
	scmjM2    float64
	areaM2    float64
	plane     orb.MultiPolygon // metres of the working plane; at the end lon/lat
	bound     orb.Bound        // of plane
	holding   int32            // index of the holding that counts, −1 for none
	duplicate bool             // another row has the code
	contested bool             // two households hold it
}

// first returns a point of the shape.
func (r *row) first() (orb.Point, bool) {
	for _, p := range r.plane {
		for _, ring := range p {
			if len(ring) > 0 {
				return ring[0], true
			}
		}
	}
	return orb.Point{}, false
}

// raise sets the state unless a worse one holds.
func (r *row) raise(s rowState) { r.state = max(r.state, s) }
