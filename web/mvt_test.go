package web_test

import (
	"errors"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// layer is what tests need of a layer of a vector tile.
type layer struct {
	name            string
	version, extent uint64
	features        []map[string]any
}

// readTile reads the layers of a Mapbox Vector Tile 2.1 without geometry.
func readTile(b []byte) (layers []layer, err error) {
	err = eachField(b, func(n protowire.Number, raw []byte, _ uint64) error {
		if n != 3 {
			return nil
		}
		l, err := readLayer(raw)
		layers = append(layers, l)
		return err
	})
	return layers, err
}

func readLayer(b []byte) (layer, error) {
	var l layer
	var keys []string
	var values []any
	var tags [][]byte
	err := eachField(b, func(n protowire.Number, raw []byte, v uint64) error {
		switch int(n) {
		case 1:
			l.name = string(raw)
		case 2:
			return eachField(raw, func(n protowire.Number, raw []byte, _ uint64) error {
				if n == 2 {
					tags = append(tags, raw)
				}
				return nil
			})
		case 3:
			keys = append(keys, string(raw))
		case 4:
			value, err := readValue(raw)
			values = append(values, value)
			return err
		case 5:
			l.extent = v
		case 15:
			l.version = v
		}
		return nil
	})
	for _, packed := range tags {
		f := map[string]any{}
		for len(packed) > 0 {
			k, n := protowire.ConsumeVarint(packed)
			v, m := protowire.ConsumeVarint(packed[max(n, 0):])
			if n < 0 || m < 0 || int(k) >= len(keys) || int(v) >= len(values) {
				return l, errors.New("tags point outside of the layer")
			}
			f[keys[k]] = values[v]
			packed = packed[n+m:]
		}
		l.features = append(l.features, f)
	}
	return l, err
}

func readValue(b []byte) (value any, err error) {
	err = eachField(b, func(n protowire.Number, raw []byte, v uint64) error {
		switch int(n) {
		case 1:
			value = string(raw)
		case 3:
			value = math.Float64frombits(v)
		case 4, 5:
			value = int64(v)
		case 6:
			value = protowire.DecodeZigZag(v)
		case 7:
			value = v != 0
		}
		return nil
	})
	return value, err
}

// eachField calls f with every field: raw for lengths, v for numbers.
func eachField(b []byte, f func(n protowire.Number, raw []byte, v uint64) error) error {
	for len(b) > 0 {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return protowire.ParseError(size)
		}
		b = b[size:]
		var raw []byte
		var v uint64
		switch kind {
		case protowire.BytesType:
			raw, size = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			v, size = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			v, size = protowire.ConsumeFixed64(b)
		default:
			size = protowire.ConsumeFieldValue(n, kind, b)
		}
		if size < 0 {
			return protowire.ParseError(size)
		}
		if err := f(n, raw, v); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}
