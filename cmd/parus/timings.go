package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"strconv"
	"time"

	"parus/internal/ledger"
)

// timings measures a run stage by stage: the wall time from the stage's first
// sign to its end, the time that its units took, and the most memory that this
// process held meanwhile. The database and the queue are processes of their own
// and not in it.
type timings struct {
	now   func() time.Time
	began time.Time
	rows  []stageTiming
	ended map[string]bool
}

type stageTiming struct {
	stage      string
	units      int
	wall, busy time.Duration
	peakMiB    float64 // 0 where the kernel does not tell
}

func newTimings(now func() time.Time) *timings {
	resetPeak()
	return &timings{now: now, began: now(), ended: map[string]bool{}}
}

// Update takes the counts of all stages that have begun, as the reconciler
// tells them; a stage at its end becomes a row.
func (t *timings) Update(stages []ledger.Progress) {
	for _, s := range stages {
		if t.ended[s.Stage] || s.Open() > 0 || s.Total() == 0 {
			continue
		}
		t.ended[s.Stage] = true
		now := t.now()
		t.rows = append(t.rows, stageTiming{s.Stage, s.Total(), now.Sub(t.began), s.Busy, peakMiB()})
		t.began = now
		resetPeak()
	}
}

// WriteCSV writes a row per stage.
func (t *timings) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"stage", "units", "wall_s", "busy_s", "peak_mib"}}
	for _, r := range t.rows {
		rows = append(rows, []string{r.stage, strconv.Itoa(r.units), tenths(r.wall.Seconds()), tenths(r.busy.Seconds()), tenths(r.peakMiB)})
	}
	return out.WriteAll(rows)
}

func tenths(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// peakMiB is the high-water mark of resident memory since resetPeak. Source:
// proc(5), VmHWM of /proc/self/status.
func peakMiB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for lines := bufio.NewScanner(bytes.NewReader(status)); lines.Scan(); {
		if rest, ok := bytes.CutPrefix(lines.Bytes(), []byte("VmHWM:")); ok {
			kB, err := strconv.ParseFloat(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))), 64)
			if err == nil {
				return kB / 1024
			}
		}
	}
	return 0
}

// resetPeak starts a new high-water mark. Source: proc(5), 5 written to
// /proc/self/clear_refs. Where that is forbidden, marks only grow.
func resetPeak() {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}
