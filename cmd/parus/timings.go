package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"os"
	"strconv"
	"time"

	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/internal/season"
)

// timings measures a run stage by stage: the wall time from the stage's first
// sign to its end, the time that its units took, what it took of processors and
// memory here, in the processes that decode pictures and, where that runs on
// this machine, in the database, and by how much the database and its log grew.
// The first row is what comes before the stages, the last what comes after.
type timings struct {
	now   func() time.Time
	look  func(context.Context) consumption
	began time.Time
	last  consumption
	rows  []stageTiming
	ended map[string]bool
	of    measuredCounty
}

// measuredCounty is what was run, for whoever scales the figures.
type measuredCounty struct {
	parcels, households int
	imageryBytes        int64 // of files on disk
}

type stageTiming struct {
	stage      string
	units      int
	wall, busy time.Duration
	took       consumption // differences; peaks are marks of this stage
	peakMiB    float64     // 0 where the kernel does not tell
}

// Rows of what is no stage.
const (
	timingInputs  = "inputs"  // files read, the registry imported
	timingOutputs = "outputs" // results written
)

func newTimings(ctx context.Context, now func() time.Time, look func(context.Context) consumption) *timings {
	t := &timings{now: now, look: look, ended: map[string]bool{}}
	resetPeak(os.Getpid())
	t.last, t.began = look(ctx), now()
	return t
}

// Mark ends what is no stage.
func (t *timings) Mark(ctx context.Context, name string) { t.row(ctx, name, 0, 0) }

// Update takes the counts of all stages that have begun, as the reconciler
// tells them; a stage at its end becomes a row.
func (t *timings) Update(ctx context.Context, stages []ledger.Progress) {
	for _, s := range stages {
		if t.ended[s.Stage] || s.Open() > 0 || s.Total() == 0 {
			continue
		}
		t.ended[s.Stage] = true
		t.row(ctx, s.Stage, s.Total(), s.Busy)
	}
}

func (t *timings) row(ctx context.Context, name string, units int, busy time.Duration) {
	now, seen := t.now(), t.look(ctx)
	t.rows = append(t.rows, stageTiming{name, units, now.Sub(t.began), busy, seen.since(t.last), peakMiB(os.Getpid())})
	t.began, t.last = now, seen
	resetPeak(os.Getpid())
}

// WriteCSV writes a row per stage. What is not known is empty.
func (t *timings) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"stage", "units", "wall_s", "busy_s", "peak_mib", "cpu_s", "decoder_cpu_s", "decoder_peak_mib", "db_cpu_s", "db_bytes", "db_log_bytes",
		"parcels", "households", "imagery_bytes"}}
	for _, r := range t.rows {
		database, grew, logged := "", "", ""
		if r.took.databaseKnown {
			database = tenths(r.took.databaseS)
		}
		if r.took.sizeKnown {
			grew, logged = strconv.FormatInt(r.took.database.Bytes, 10), strconv.FormatInt(r.took.database.LogBytes, 10)
		}
		rows = append(rows, []string{r.stage, strconv.Itoa(r.units), tenths(r.wall.Seconds()), tenths(r.busy.Seconds()), tenths(r.peakMiB),
			tenths(r.took.cpuS), tenths(r.took.decodersS), tenths(r.took.decoderPeakMiB), database, grew, logged,
			strconv.Itoa(t.of.parcels), strconv.Itoa(t.of.households), strconv.FormatInt(t.of.imageryBytes, 10)})
	}
	return out.WriteAll(rows)
}

func tenths(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// consumption is what has been taken so far, or between two moments.
type consumption struct {
	cpuS, decodersS, databaseS float64
	decoderPeakMiB             float64 // of the largest, since the look before
	database                   postgis.Footprint
	databaseKnown, sizeKnown   bool
}

// lookAround tells what this process, those that decode for it and the database
// have taken so far. A database that does not answer is not known.
func (b *backend) lookAround(ctx context.Context) consumption {
	all := listProcesses()
	u := consumption{cpuS: all[os.Getpid()].cpuS}
	for _, d := range all.decoders() {
		u.decodersS += d.cpuS
		u.decoderPeakMiB = max(u.decoderPeakMiB, peakMiB(d.pid))
		resetPeak(d.pid)
	}
	f, err := b.db.Footprint(ctx)
	if err != nil {
		b.log.Debug("size of the database is not known", "error", err)
		return u
	}
	u.database, u.sizeKnown = f, true
	u.databaseS, u.databaseKnown = all.databaseCPU(f.Backend)
	return u
}

// since is the difference; a decoder that has ended takes its time with it.
func (u consumption) since(v consumption) consumption {
	u.cpuS -= v.cpuS
	u.decodersS = max(0, u.decodersS-v.decodersS)
	u.databaseS -= v.databaseS
	u.database.Bytes -= v.database.Bytes
	u.database.LogBytes -= v.database.LogBytes
	u.databaseKnown = u.databaseKnown && v.databaseKnown
	u.sizeKnown = u.sizeKnown && v.sizeKnown
	return u
}

// peakMiB is the high-water mark of a process's resident memory since
// resetPeak. Source: proc(5), VmHWM of /proc/PID/status.
func peakMiB(pid int) float64 {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
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
// /proc/PID/clear_refs. Where that is forbidden, marks only grow.
func resetPeak(pid int) {
	_ = os.WriteFile("/proc/"+strconv.Itoa(pid)+"/clear_refs", []byte("5"), 0)
}

// countyOf is what a run is about to be measured over.
func (b *backend) countyOf(ctx context.Context, run season.Run) (measuredCounty, error) {
	r, err := b.db.Release(ctx, run.Registry)
	if err != nil {
		return measuredCounty{}, err
	}
	m := measuredCounty{parcels: r.Parcels, households: r.Households}
	seen := map[string]bool{}
	for _, s := range run.Spec.Scenes {
		for _, band := range s.Bands {
			if info, err := os.Stat(band.Href); err == nil && !seen[band.Href] && run.Spec.Season.Contains(s.Datetime) {
				seen[band.Href] = true
				m.imageryBytes += info.Size()
			}
		}
	}
	return m, nil
}
