package workers_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"parus/fields/crop"
	"parus/imagery"
	"parus/internal/season"
)

// stagedModel speaks on days 130 and 180 of the season too; see model.
var stagedModel = sync.OnceValues(func() ([]byte, error) {
	samples, labels := landSamples()
	m, err := crop.Fit(context.Background(), samples, labels, crop.FitOptions{
		Folds: 2, Trees: 20, Seed: 1, Stages: crop.Stages{At: []crop.Cutoff{{Day: 130}, {Day: 180}}},
	})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = m.Save(&b)
	return b.Bytes(), err
})

// TestARunInMidSeasonSpeaksAsOfItsLastScene runs a season of which the scenes
// end early, with a model of whole seasons and with one of several dates.
func TestARunInMidSeasonSpeaksAsOfItsLastScene(t *testing.T) {
	t.Parallel()
	staged, err := stagedModel()
	if err != nil {
		t.Fatal(err)
	}
	whole := modelOf(t)
	// Scenes are of days 5, 30, 55, … 255; those until 31 March (day 181) end
	// with day 180, those until 20 February (day 142) with day 130.
	for _, c := range []struct {
		name    string
		model   []byte
		scenes  int
		note    string
		abstain bool
	}{
		{"a model of whole seasons at the end of March", whole, 8, "no stage of the crop model could judge", true},
		{"a model of several dates at the end of March", staged, 8, "crops as of day 180 of the season", false},
		{"a model of several dates in February", staged, 6, "crops as of day 130 of the season", false},
		{"a model of several dates at the end", staged, 11, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFarm(t, func(s *season.Spec) {
				s.Scenes = slices.DeleteFunc(s.Scenes, func(x imagery.Scene) bool {
					var i int
					_, err := fmt.Sscanf(x.ID, "S%d", &i)
					return err != nil || i >= c.scenes
				})
			})
			if f.run.Spec.Inputs[season.InputCropModel], err = f.db.SaveInput(t.Context(), season.InputCropModel, "model", c.model); err != nil {
				t.Fatal(err)
			}
			if err := f.drive(t, f.stages[:6]...); err != nil {
				t.Fatal(err)
			}
			f.wantNote(t, c.note)
			for _, row := range f.crops(t) {
				if row.Abstained != c.abstain {
					t.Errorf("%s: abstained %v because %q", row.ParcelID, row.Abstained, row.Reason)
				}
				if i := slices.Index(row.Classes, "winter_wheat"); strings.HasPrefix(row.ParcelID, "wheat") && !c.abstain && row.Posterior[i] < .5 {
					t.Errorf("%s: %v %v", row.ParcelID, row.Classes, row.Posterior)
				}
			}
		})
	}
}

// wantNote asks for a note on every block that was recognised, "" for none.
func (f farm) wantNote(t *testing.T, note string) {
	t.Helper()
	n := 0
	for item, text := range f.outcomes(t) {
		if !strings.HasPrefix(item, "recognise ") {
			continue
		}
		n++
		if !strings.Contains(text, note) || (note == "" && text != "done: ") {
			t.Errorf("%s is %q, want %q", item, text, note)
		}
	}
	if n == 0 {
		t.Error("no block was recognised")
	}
}

// crops are the rows of the recognise stage.
func (f farm) crops(t *testing.T) []season.Crop {
	t.Helper()
	done, err := f.db.FinishedUnits(t.Context(), f.run.ID, "recognise")
	if err != nil {
		t.Fatal(err)
	}
	var units []int64
	for _, u := range done {
		units = append(units, u.ID)
	}
	rows, err := f.db.Crops(t.Context(), units)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		t.Fatal("no parcel has a crop")
	}
	return rows
}
