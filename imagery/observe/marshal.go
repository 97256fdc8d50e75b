package observe

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parus/imagery"
	"parus/imagery/varint"
	"parus/imagery/zonal"
)

// magic opens a marshalled Observation; its last byte is the format's version.
const magic = "PRSOBS\x02"

var errObservation = errors.New("observation: data is cut short, not an observation, or one of another coverage")

// header is the part of an Observation that is small and rarely read.
type header struct {
	Scene      string       `json:"scene"`
	Sensor     string       `json:"sensor"`
	PixelSizeM float64      `json:"pixel_size_m"`
	Orbit      string       `json:"orbit,omitempty"`
	Datetime   time.Time    `json:"datetime"`
	Grid       imagery.Grid `json:"grid"`
	Layers     []Layer      `json:"layers"`
	First      int          `json:"first"`
}

// MarshalBinary writes the observation compactly: a header in JSON and the
// sums in variable-length integers. What the coverage tells is left out: ids
// and covered weights. Equal observations give equal bytes.
func (o *Observation) MarshalBinary() ([]byte, error) {
	head, err := json.Marshal(header{o.Scene, o.Sensor, o.PixelSizeM, o.Orbit, o.Datetime.UTC(), o.Grid, o.Layers, o.First})
	if err != nil {
		return nil, fmt.Errorf("observation of %s: %w", o.Scene, err)
	}
	b := make([]byte, 0, len(magic)+len(head)+len(o.Parcels)*(14+10*len(o.Layers)))
	b = append(b, magic...)
	b = varint.AppendString(b, string(head))
	b = binary.AppendUvarint(b, uint64(len(o.Parcels)))
	for i := range o.Parcels {
		b = o.Parcels[i].append(b)
	}
	return b, nil
}

// append writes one parcel. Most dates are clear or overcast, and take a byte
// to say so.
func (p *Parcel) append(b []byte) []byte {
	b = binary.AppendUvarint(b, p.Covered-p.Valid)
	if p.Valid == 0 {
		return b
	}
	b = binary.AppendUvarint(b, p.Inner)
	for _, s := range p.Sums {
		b = binary.AppendVarint(b, s)
	}
	for _, s := range p.InnerSums {
		b = binary.AppendVarint(b, s)
	}
	b = binary.AppendUvarint(b, p.NDVI2.Hi)
	return binary.AppendUvarint(b, p.NDVI2.Lo)
}

// Unmarshal reads what MarshalBinary wrote of parcels of that coverage.
func Unmarshal(data []byte, c *zonal.Coverage) (*Observation, error) {
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return nil, errObservation
	}
	d := varint.NewReader(data[len(magic):])
	var h header
	if err := json.Unmarshal([]byte(d.Text()), &h); err != nil {
		return nil, fmt.Errorf("observation: header: %w", err)
	}
	n := int(d.Count())
	if d.Bad() || h.First < 0 || h.First > c.Len() || n > c.Len()-h.First {
		return nil, errObservation
	}
	out := &Observation{Scene: h.Scene, Sensor: h.Sensor, PixelSizeM: h.PixelSizeM, Orbit: h.Orbit, Datetime: h.Datetime, Grid: h.Grid, Layers: h.Layers, First: h.First,
		Parcels: parcelsOf(c, h.First, h.First+n, len(h.Layers))}
	for i := range out.Parcels {
		if !out.Parcels[i].read(d) {
			return nil, errObservation
		}
	}
	if !d.Done() {
		return nil, errObservation
	}
	return out, nil
}

// read fills in what append wrote and tells whether it can be.
func (p *Parcel) read(d *varint.Reader) bool {
	missed := d.Uvarint()
	if d.Bad() || missed > p.Covered {
		return false
	}
	if p.Valid = p.Covered - missed; p.Valid == 0 {
		return true
	}
	p.Inner = d.Uvarint()
	for k := range p.Sums {
		p.Sums[k] = d.Varint()
	}
	for k := range p.InnerSums {
		p.InnerSums[k] = d.Varint()
	}
	p.NDVI2 = Wide{Hi: d.Uvarint(), Lo: d.Uvarint()}
	return !d.Bad()
}
