package varint_test

import (
	"encoding/binary"
	"testing"

	"parus/imagery/varint"
)

func TestReaderGivesBackWhatWasWritten(t *testing.T) {
	t.Parallel()
	b := varint.AppendString(nil, "3701991012010100001")
	b = binary.AppendUvarint(b, 1<<40)
	b = binary.AppendVarint(b, -7)
	r := varint.NewReader(b)
	if s, u, v := r.Text(), r.Uvarint(), r.Varint(); s != "3701991012010100001" || u != 1<<40 || v != -7 || !r.Done() {
		t.Fatalf("read %q, %d, %d, done %v", s, u, v, r.Done())
	}
}

func TestDataCutShortAnywhereIsBadAndGivesZeros(t *testing.T) {
	t.Parallel()
	whole := binary.AppendVarint(varint.AppendString(nil, "parcel"), 1<<50)
	for n := range whole {
		r := varint.NewReader(whole[:n])
		r.Text()
		if v := r.Varint(); v != 0 || !r.Bad() || r.Done() {
			t.Errorf("cut to %d bytes: read %d, bad %v", n, v, r.Bad())
		}
	}
}

func TestACountBeyondTheDataIsBad(t *testing.T) {
	t.Parallel()
	r := varint.NewReader(binary.AppendUvarint(nil, 1<<60))
	if n := r.Count(); n != 0 || !r.Bad() {
		t.Fatalf("count %d, bad %v", n, r.Bad())
	}
}

func TestWhatIsLeftOverIsNotDone(t *testing.T) {
	t.Parallel()
	r := varint.NewReader([]byte{1, 2})
	if r.Uvarint(); r.Done() || r.Bad() {
		t.Fatalf("done %v, bad %v with a byte left", r.Done(), r.Bad())
	}
}
