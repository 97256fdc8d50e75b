package crop

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"parus/fields/crop/trees"
)

// A model file is, in this order: the magic line; as uint32, the format version
// and the length of the card; the card (JSON); as uint64, the length of the
// body; the body (units, reach and learners); the SHA-256 of all before it.
// Numbers are little-endian.
const magic = "parus crop model\n"

// Errors of reading a model file, wrapped by [Load].
var (
	ErrNotModel     = errors.New("not a crop model file")
	ErrModelVersion = errors.New("crop model of another format version")
	ErrModelCorrupt = errors.New("crop model file is cut short or damaged")
)

// Save writes the model. The same model gives the same bytes.
func (m *Model) Save(w io.Writer) error {
	data, err := m.encode()
	if err != nil {
		return fmt.Errorf("save crop model: %w", err)
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("save crop model: %w", err)
	}
	return nil
}

// Digest is the SHA-256 of the model file, in hex: the name by which results
// refer to a model.
func (m *Model) Digest() string {
	if m.digest != "" {
		return m.digest
	}
	data, err := m.encode()
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (m *Model) encode() ([]byte, error) {
	card, err := json.Marshal(m.card)
	if err != nil {
		return nil, err
	}
	var body encoder
	body.units(m)
	body.floats(m.reach.Low)
	body.floats(m.reach.High)
	body.float(m.reach.Allowed)
	body.float(m.reach.Covered)
	body.ensemble(m.members.boost)
	body.ensemble(m.members.extra)
	body.kernel(m.members.kernel)
	if err := body.models(m.earlier); err != nil {
		return nil, err
	}
	var out encoder
	out.b = append(out.b, magic...)
	out.u32(FormatVersion)
	out.u32(uint32(len(card)))
	out.b = append(out.b, card...)
	out.b = binary.LittleEndian.AppendUint64(out.b, uint64(len(body.b)))
	out.b = append(out.b, body.b...)
	sum := sha256.Sum256(out.b)
	return append(out.b, sum[:]...), nil
}

// Load reads a model. Errors wrap [ErrNotModel], [ErrModelVersion] or
// [ErrModelCorrupt].
func Load(r io.Reader) (*Model, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("load crop model: %w", err)
	}
	m, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("load crop model: %w: fit it again with `parus crop fit`", err)
	}
	return m, nil
}

func decode(data []byte) (*Model, error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		if len(data) < len(magic) && bytes.HasPrefix([]byte(magic), data) && len(data) > 0 {
			return nil, ErrModelCorrupt
		}
		return nil, ErrNotModel
	}
	d := decoder{b: rest}
	if v := d.u32(); d.bad {
		return nil, ErrModelCorrupt
	} else if v != FormatVersion {
		return nil, fmt.Errorf("%w: the file has version %d, this build reads %d", ErrModelVersion, v, FormatVersion)
	}
	end := len(data) - sha256.Size
	if end < len(magic) {
		return nil, ErrModelCorrupt
	}
	sum := sha256.Sum256(data[:end])
	if !bytes.Equal(sum[:], data[end:]) {
		return nil, ErrModelCorrupt
	}
	d.b = d.b[:len(d.b)-sha256.Size]
	whole := sha256.Sum256(data)
	m := &Model{digest: hex.EncodeToString(whole[:])}
	if err := json.Unmarshal(d.take(int(d.u32())), &m.card); err != nil {
		return nil, fmt.Errorf("%w: card: %w", ErrModelCorrupt, err)
	}
	if n := d.u64(); n != uint64(len(d.b)) {
		return nil, ErrModelCorrupt
	}
	d.body(m)
	if d.bad || len(d.b) != 0 || !m.consistent() || !m.ordered() {
		return nil, ErrModelCorrupt
	}
	return m, nil
}

func (d *decoder) body(m *Model) {
	m.units = map[string]unit{}
	for _, l := range m.card.Schema.Layers {
		m.units[l] = unit(d.take(int(d.u32())))
	}
	m.reach.Low, m.reach.High, m.reach.Allowed, m.reach.Covered = d.floats(), d.floats(), d.float(), d.float()
	m.members.boost, m.members.extra, m.members.kernel = d.ensemble(), d.ensemble(), d.kernel()
	d.models(m)
}

// consistent tells whether the parts fit together, so that no later index can
// be out of range.
func (m *Model) consistent() bool {
	k, s := len(m.card.Classes), m.card.Schema
	if k < 2 || len(m.card.Counts) != k || m.card.Samples < 1 || s.Axis.Steps < 1 || s.Axis.Steps > 5000 || s.Axis.StepDays < 1 || len(s.Used) == 0 {
		return false
	}
	x := newExtractor(s, m.units)
	for _, u := range s.Used {
		if _, ok := x.at[u]; !ok {
			return false
		}
	}
	for _, i := range x.indices {
		for _, n := range i.needs {
			if _, ok := x.at[n]; !ok {
				return false
			}
		}
	}
	cols, smooth := len(x.treeFeatures(nil)), len(x.smoothFeatures(nil))
	parts := 2
	if km := m.members.kernel; km != nil {
		parts = 3
		if km.Classes != k || km.Rank < 1 || len(km.Mean) != smooth || len(km.Inverse) != smooth || len(km.Directions) != smooth*km.Rank ||
			len(km.Weights)%k != 0 || len(km.Weights) == 0 || len(km.Landmarks) != len(km.Weights)/k*km.Rank {
			return false
		}
	}
	return len(m.card.SetAbove) == k && len(m.reach.Low) == smooth && len(m.reach.High) == smooth && len(m.card.Blend.Weights) == parts &&
		len(m.card.Blend.Offsets) == k && m.members.boost.Check(k, cols) && m.members.extra.Check(k, cols)
}

type encoder struct{ b []byte }

func (e *encoder) u32(v uint32)    { e.b = binary.LittleEndian.AppendUint32(e.b, v) }
func (e *encoder) float(v float64) { e.b = binary.LittleEndian.AppendUint64(e.b, math.Float64bits(v)) }

func (e *encoder) floats(v []float32) {
	e.u32(uint32(len(v)))
	for _, x := range v {
		e.u32(math.Float32bits(x))
	}
}

func (e *encoder) units(m *Model) {
	for _, l := range m.card.Schema.Layers {
		u := string(m.units[l])
		e.u32(uint32(len(u)))
		e.b = append(e.b, u...)
	}
}

func (e *encoder) ensemble(t *trees.Ensemble) {
	e.u32(uint32(t.Classes))
	e.floats(t.Base)
	e.u32(uint32(len(t.Trees)))
	for _, tree := range t.Trees {
		e.u32(uint32(len(tree.Nodes)))
		for _, n := range tree.Nodes {
			e.u32(uint32(n.Feature))
			e.u32(math.Float32bits(n.Cut))
			next := uint32(n.Next) << 1
			if n.MissingLeft {
				next |= 1
			}
			e.u32(next)
		}
		e.floats(tree.Leaves)
	}
}

func (e *encoder) kernel(m *kernelModel) {
	if m == nil {
		e.u32(0)
		return
	}
	e.u32(1)
	e.u32(uint32(m.Classes))
	e.u32(uint32(m.Rank))
	e.float(m.Gamma)
	e.float(m.Sharpness)
	for _, v := range [][]float32{m.Mean, m.Inverse, m.Directions, m.Landmarks, m.Weights} {
		e.floats(v)
	}
}

type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) take(n int) []byte {
	if d.bad || n < 0 || n > len(d.b) {
		d.bad = true
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

func (d *decoder) u32() uint32 {
	if b := d.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) u64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) float() float64 { return math.Float64frombits(d.u64()) }

func (d *decoder) floats() []float32 {
	b := d.take(4 * int(d.u32()))
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}

func (d *decoder) ensemble() *trees.Ensemble {
	e := &trees.Ensemble{Classes: int(d.u32()), Base: d.floats()}
	count := int(d.u32())
	for i := 0; i < count && !d.bad; i++ {
		b := d.take(12 * int(d.u32()))
		t := trees.Tree{Nodes: make([]trees.Node, len(b)/12)}
		for j := range t.Nodes {
			p := b[12*j:]
			next := binary.LittleEndian.Uint32(p[8:])
			t.Nodes[j] = trees.Node{
				Feature: int32(binary.LittleEndian.Uint32(p)),
				Cut:     math.Float32frombits(binary.LittleEndian.Uint32(p[4:])),
				Next:    int32(next >> 1), MissingLeft: next&1 == 1,
			}
		}
		t.Leaves = d.floats()
		e.Trees = append(e.Trees, t)
	}
	return e
}

func (d *decoder) kernel() *kernelModel {
	if d.u32() == 0 {
		return nil
	}
	m := &kernelModel{Classes: int(d.u32()), Rank: int(d.u32()), Gamma: d.float(), Sharpness: d.float()}
	for _, v := range []*[]float32{&m.Mean, &m.Inverse, &m.Directions, &m.Landmarks, &m.Weights} {
		*v = d.floats()
	}
	return m
}
