package workers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"parus/fields"
	"parus/internal/ledger"
	"parus/internal/season"
	"parus/workers"
	"parus/yield"
	"parus/yield/alert"
)

// maizeCounty is what the watch reads of 30 parcels of maize in summer, seen
// every five days from 11 July to 20 August, and keeps what it finds. Whatever
// else is asked of it panics.
type maizeCounty struct {
	workers.Store
	hazards []yield.Hazard // of parcel p04, whose NDVI falls to 0.75 on 10 August
	found   []season.Signal
}

func (m *maizeCounty) Watched(_ context.Context, _ int64, _ season.Sources, _ int64, use func(season.Watched) error) error {
	for i := range 30 {
		w := season.Watched{ParcelID: fmt.Sprintf("p%02d", i), Lon: 117 + 0.001*float64(i), Lat: 36.5,
			Classes: []string{"maize"}, Posterior: []float32{0.95}, Yield: json.RawMessage(`{}`)}
		for d := 40; d <= 80; d += 5 {
			v := 0.80 + 0.02*float32(i%3-1)
			if i == 4 && d >= 70 {
				v = 0.75
			}
			w.Dates, w.Valid, w.NDVI = append(w.Dates, day(2025, time.June, 1+d)), append(w.Valid, 1), append(w.NDVI, v)
		}
		if i == 4 {
			detail, err := json.Marshal(yield.ParcelEstimate{ID: w.ParcelID, Hazards: m.hazards})
			if err != nil {
				return err
			}
			w.Yield = detail
		}
		if err := use(w); err != nil {
			return err
		}
	}
	return nil
}

func (m *maizeCounty) Signals(context.Context, int64) ([]season.Signal, error) { return nil, nil }

func (m *maizeCounty) FinishSignals(_ context.Context, _ ledger.Claim, _ ledger.Outcome, rows []season.Signal) error {
	m.found = rows
	return nil
}

func TestTheWatchRaisesAnAlertForWhatTheEstimateFound(t *testing.T) {
	t.Parallel()
	loss := yield.Hazard{Kind: yield.HazardGreenLoss, From: "2025-08-06", To: "2025-08-20", Strength: 0.4, Loss: 0.3, Confirmed: true, ZH: "绿度突降", EN: "Sudden loss of green",
		Evidence: []yield.Evidence{{What: "ndvi_fall", Value: 0.12}, {What: "ndvi_fall_spread", Value: 8}}}
	doubtful := loss
	doubtful.Confirmed = false
	for _, c := range []struct {
		name    string
		hazards []yield.Hazard
		want    int
	}{
		{"one that pictures show", []yield.Hazard{loss}, 1},
		{"one that weather alone tells of", []yield.Hazard{doubtful}, 0},
		{"none", nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := &maizeCounty{hazards: c.hazards}
			stages := workers.Season(m, workers.Tools{})
			watch := stages[slices.IndexFunc(stages, func(s workers.Stage) bool { return s.Name() == "watch" })]
			task, err := json.Marshal(map[string]any{"county": "370199", "season": fields.Season{Name: "summer", Start: day(2025, time.June, 1), End: day(2025, time.October, 20)}})
			if err != nil {
				t.Fatal(err)
			}
			if err := watch.Work(t.Context(), ledger.Claim{Unit: ledger.Unit{Item: "season summer", Payload: task}}); err != nil {
				t.Fatal(err)
			}
			if len(m.found) != c.want {
				t.Fatalf("%d found, want %d", len(m.found), c.want)
			}
			if c.want == 0 {
				return
			}
			var e alert.Evidence
			if err := json.Unmarshal(m.found[0].Evidence, &e); err != nil || e.Cause == nil {
				t.Fatalf("evidence %s: %v", m.found[0].Evidence, err)
			}
			want := alert.Cause{Kind: "green_loss", From: "2025-08-06", To: "2025-08-20", Fall: 0.12, Spreads: 8, Loss: 0.3, ZH: "绿度突降", EN: "Sudden loss of green"}
			if f := m.found[0]; f.ParcelID != "p04" || f.Kind != "hazard" || *e.Cause != want || !f.First.Equal(day(2025, time.August, 10)) {
				t.Errorf("%+v, cause %+v", f, e.Cause)
			}
		})
	}
}
