package observe

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parus/imagery"
	"parus/imagery/varint"
)

// magic opens a marshalled Observation; its last byte is the format's version.
const magic = "PRSOBS\x01"

var errObservation = errors.New("observation: data is cut short or not an observation")

// header is the part of an Observation that is small and rarely read.
type header struct {
	Scene    string       `json:"scene"`
	Datetime time.Time    `json:"datetime"`
	Grid     imagery.Grid `json:"grid"`
	Layers   []Layer      `json:"layers"`
}

// MarshalBinary writes the observation compactly: a header in JSON and the
// sums in variable-length integers. Equal observations give equal bytes.
func (o *Observation) MarshalBinary() ([]byte, error) {
	head, err := json.Marshal(header{o.Scene, o.Datetime.UTC(), o.Grid, o.Layers})
	if err != nil {
		return nil, fmt.Errorf("observation of %s: %w", o.Scene, err)
	}
	b := make([]byte, 0, len(magic)+len(head)+len(o.Parcels)*(30+6*len(o.Layers)))
	b = append(b, magic...)
	b = varint.AppendString(b, string(head))
	b = binary.AppendUvarint(b, uint64(len(o.Parcels)))
	for _, p := range o.Parcels {
		b = varint.AppendString(b, p.ID)
		b = binary.AppendUvarint(b, p.Covered)
		b = binary.AppendUvarint(b, p.Valid)
		if p.Valid == 0 {
			continue
		}
		for k := range o.Layers {
			b = binary.AppendVarint(b, p.Sums[k])
		}
		b = binary.AppendUvarint(b, p.NDVI2.Hi)
		b = binary.AppendUvarint(b, p.NDVI2.Lo)
	}
	return b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (o *Observation) UnmarshalBinary(data []byte) error {
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return errObservation
	}
	d := varint.NewReader(data[len(magic):])
	var h header
	if err := json.Unmarshal([]byte(d.Text()), &h); err != nil {
		return fmt.Errorf("observation: header: %w", err)
	}
	out := Observation{Scene: h.Scene, Datetime: h.Datetime, Grid: h.Grid, Layers: h.Layers}
	for range d.Count() {
		p := Parcel{ID: d.Text(), Covered: d.Uvarint(), Valid: d.Uvarint(), Sums: make([]int64, len(h.Layers))}
		if p.Valid > 0 {
			for k := range p.Sums {
				p.Sums[k] = d.Varint()
			}
			p.NDVI2 = Wide{Hi: d.Uvarint(), Lo: d.Uvarint()}
		}
		if d.Bad() || p.Valid > p.Covered {
			return errObservation
		}
		out.Parcels = append(out.Parcels, p)
	}
	if !d.Done() {
		return errObservation
	}
	*o = out
	return nil
}
