package decoder_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/imagery"
	"parus/imagery/overlay"
	"parus/internal/decoder"
)

// drawing is a job of one tile of zoom 14, of a scene with what vegetation
// needs.
func drawing(fate string) overlay.Job {
	s := scene(fate)
	s.Bands = append(s.Bands, imagery.Band{Name: "B08", Href: "sound/B08.tif", Index: 1, Scale: 1e-4})
	cell := overlay.Tile{Z: overlay.CellZoom, X: 845, Y: 401}
	return overlay.Job{Scene: s, Cell: cell, Area: overlay.Area{X0: 845 << 4, Y0: 401 << 4, X1: 845 << 4, Y1: 401 << 4}}
}

func TestChildrenDrawAsThisProcessWould(t *testing.T) {
	t.Parallel()
	p := pool(t, decoder.Config{Jobs: 1})
	want, err := decoder.Paint(t.Context(), saboteur{func(string) {}}, drawing("sound"))
	if err != nil || len(want.Tiles) != 5 { // zooms 14 to 10, vegetation alone
		t.Fatalf("%d tiles, %v", len(want.Tiles), err)
	}
	got, err := p.Draw(t.Context(), drawing("sound"))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got.Report, err)
	}
	away := drawing("sound")
	away.Area.X0, away.Area.X1 = 0, 0
	_, err = p.Draw(t.Context(), away)
	_, wantErr := decoder.Paint(t.Context(), saboteur{func(string) {}}, away)
	if !errors.Is(err, overlay.ErrNothing) || err.Error() != wantErr.Error() {
		t.Errorf("%v, want %v", err, wantErr)
	}
	if _, err := p.Draw(t.Context(), drawing("error")); err == nil || errors.Is(err, overlay.ErrNothing) ||
		!strings.Contains(err.Error(), "S2_error") || !strings.Contains(err.Error(), "not a picture") {
		t.Errorf("%v", err)
	}
}

func TestAFaultTakesItsOwnDrawingOnly(t *testing.T) {
	t.Parallel()
	p := pool(t, decoder.Config{Jobs: 2, Deadline: 20 * time.Second})
	var wg sync.WaitGroup
	for range 6 { // sound ones all the while
		wg.Go(func() {
			if got, err := p.Draw(t.Context(), drawing("sound")); err != nil || len(got.Tiles) != 5 {
				t.Errorf("%d tiles, %v", len(got.Tiles), err)
			}
		})
	}
	for fate, want := range map[string]decoder.What{"segfault": decoder.Crashed, "panic": decoder.Crashed, "hoard": decoder.Overgrew, "kill": decoder.Killed} {
		wg.Go(func() {
			_, err := p.Draw(t.Context(), drawing(fate))
			var f *decoder.Fault
			if !errors.As(err, &f) || f.What != want || decoder.IsPassing(err) != (want == decoder.Killed) ||
				!strings.Contains(err.Error(), "S2_"+fate) || !strings.Contains(err.Error(), "while reading B04 in "+fate+"/B04.tif") {
				t.Errorf("%s: %v", fate, err)
			}
		})
	}
	wg.Wait()
}

func TestADrawingThatHangsIsEnded(t *testing.T) {
	t.Parallel()
	p := pool(t, decoder.Config{Jobs: 1, Deadline: 2 * time.Second})
	_, err := p.Draw(t.Context(), drawing("hang"))
	var f *decoder.Fault
	if !errors.As(err, &f) || f.What != decoder.Hung || !strings.Contains(err.Error(), "no answer for 2s while reading B04") {
		t.Errorf("%v", err)
	}
}

func TestADrawingThatNeverFitsIsRefused(t *testing.T) {
	t.Parallel()
	j := drawing("sound")
	p := pool(t, decoder.Config{Jobs: 1, MemoryBytes: decoder.DrawBytes(j) - 1})
	_, err := p.Draw(t.Context(), j)
	var e *decoder.TooLarge
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "S2_sound") {
		t.Errorf("%v", err)
	}
}

// FuzzUnpackPicture gives the parent anything for a picture: what it takes is
// what the job can have given, and nothing of the answer is left over.
func FuzzUnpackPicture(f *testing.F) {
	j := drawing("sound")
	tile := overlay.Tile{Z: 14, X: j.Area.X0, Y: j.Area.Y0}
	good := decoder.Picture{Report: overlay.Report{Seen: 9, Clear: 3, Kinds: []overlay.Kind{overlay.Vegetation}},
		Tiles: []overlay.Drawn{{Tile: tile, Kind: overlay.Vegetation, Data: []byte("\x89PNG\r\n\x1a\nrest")}}}
	packed, err := decoder.PackPicture(good)
	if err != nil {
		f.Fatal(err)
	}
	if got, ok := decoder.UnpackPicture(packed, j); !ok || !reflect.DeepEqual(got, good) {
		f.Fatalf("%+v, %t", got, ok)
	}
	f.Add(packed)
	f.Add(packed[:len(packed)-1])
	f.Add(append(bytes.Clone(packed), 'x'))
	f.Add(bytes.Replace(packed, []byte("vegetation"), []byte("infrared.."), 1))
	f.Add(bytes.Replace(packed, []byte(`"bytes":12`), []byte(`"bytes":-1`), 1))
	f.Add([]byte{0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		p, ok := decoder.UnpackPicture(data, j)
		if !ok {
			return
		}
		if !j.Gives(p.Report, p.Tiles) {
			t.Errorf("%+v is taken", p.Report)
		}
		n := 0
		for _, d := range p.Tiles {
			n += len(d.Data)
		}
		if n > len(data) {
			t.Errorf("%d bytes of tiles in an answer of %d", n, len(data))
		}
	})
}
