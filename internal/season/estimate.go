package season

import (
	"math"
	"time"
)

// StagePlan is what one stage of a run means to do.
type StagePlan struct {
	Stage  string   `json:"stage"`
	Units  int      `json:"units"`
	Done   int      `json:"done"`             // already, by their content keys
	AtMost bool     `json:"at_most"`          // earlier stages are not done, so keys are not known: none counts as done
	Scenes []string `json:"scenes,omitempty"` // that would be read
}

// ToDo is the number of units to work on.
func (p StagePlan) ToDo() int { return p.Units - p.Done }

// StageCost is what one stage has cost one earlier run.
type StageCost struct {
	Run         int64
	Stage       string
	Units       int     // done or skipped
	BusyS       float64 // seconds, summed over them
	SquaresS2   float64 // squares of the same, summed
	PeakBytes   int64   // by which a worker grew with one of them at most; 0: not measured
	Parcels     int     // of the run's registry release
	Households  int
	StoredBytes float64 // by all that the database holds of the stage, a unit; 0: unknown
}

// StageEstimate is what a stage is expected to cost.
type StageEstimate struct {
	StagePlan
	BusyS       float64 `json:"busy_s"` // seconds of one unit at a time
	LowS        float64 `json:"low_s"`  // of the time on the clock
	WallS       float64 `json:"wall_s"`
	HighS       float64 `json:"high_s"`
	MemoryBytes int64   `json:"memory_bytes"` // of one unit in its worker
	DiskBytes   int64   `json:"disk_bytes"`
	Runs        int     `json:"runs"` // earlier runs that it rests on; 0: built-in figures
}

// Estimate is what a run is expected to cost.
type Estimate struct {
	At           time.Time       `json:"at"`
	Threads      int             `json:"threads"` // units at once, over all workers
	Stages       []StageEstimate `json:"stages"`
	ImageryBytes int64           `json:"imagery_bytes"` // of files to be read that lie on disk
	ImageryFiles int             `json:"imagery_files"` // whose size is not known: they lie elsewhere
}

// Wall is the expected time on the clock, with its low and high.
func (e Estimate) Wall() (low, wall, high time.Duration) {
	var l, w, h float64
	for _, s := range e.Stages {
		l, w, h = l+s.LowS, w+s.WallS, h+s.HighS
	}
	return Seconds(l), Seconds(w), Seconds(h)
}

// ToDo is the number of units to work on in all stages.
func (e Estimate) ToDo() (n int) {
	for _, s := range e.Stages {
		n += s.ToDo()
	}
	return n
}

// MemoryBytes is what units at once take at most in one worker.
func (e Estimate) MemoryBytes() (most int64) {
	for _, s := range e.Stages {
		most = max(most, s.MemoryBytes*int64(min(e.Threads, s.ToDo())))
	}
	return most
}

// DiskBytes is by how much the database grows.
func (e Estimate) DiskBytes() (n int64) {
	for _, s := range e.Stages {
		n += s.DiskBytes
	}
	return n
}

// StageActual is what a stage has cost since a run was estimated.
type StageActual struct {
	Stage     string
	Units     int // worked on
	BusyS     float64
	PeakBytes int64
	First     time.Time // moment at which the first of them was taken up
	Last      time.Time // at which the last of them ended
}

// Seconds turns seconds into a duration.
func Seconds(s float64) time.Duration { return time.Duration(math.Round(s * float64(time.Second))) }
