package capacity_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"parus/internal/capacity"
)

// stage is one that costs so many seconds a parcel of a worker and the database.
func stage(name string, cut capacity.Cut, worker, database float64) capacity.Cost {
	return capacity.Cost{Shape: capacity.Shape{Stage: name, Basis: capacity.PerParcel, Cut: cut}, WorkerS: worker, DatabaseS: database}
}

func costs(stages ...capacity.Cost) capacity.Costs { return capacity.Costs{Stages: stages} }

func alike(n int, c capacity.County) []capacity.County {
	out := make([]capacity.County, n)
	for i := range out {
		out[i] = c
	}
	return out
}

func simulate(t *testing.T, m capacity.Model) capacity.Result {
	t.Helper()
	r, err := capacity.Simulate(m, 1)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.6g, want %.6g ± %.2g", what, got, want, tolerance)
	}
}

func TestBatchesCountedByHand(t *testing.T) {
	t.Parallel()
	four := capacity.County{Parcels: 8, Scenes: 1, Blocks: 4, Households: 1, ReadBytes: 400}
	reads := stage("observe", capacity.ByBlock, 1, 0)
	reads.Reads = true
	logs := stage("assemble", capacity.ByBlock, 1, 0)
	logs.Logged = 30
	for _, c := range []struct {
		name    string
		model   capacity.Model
		seconds float64
	}{
		// Four units of 8/4 · 3 s, one after the other.
		{"one worker does four units in turn", capacity.Model{Costs: costs(stage("a", capacity.ByBlock, 3, 0)), Plant: capacity.Plant{Workers: 1}}, 24},
		{"two workers take half the time", capacity.Model{Costs: costs(stage("a", capacity.ByBlock, 3, 0)), Plant: capacity.Plant{Workers: 2}}, 12},
		// 6 s each: three at once, then the fourth.
		{"three workers wait for the fourth unit", capacity.Model{Costs: costs(stage("a", capacity.ByBlock, 3, 0)), Plant: capacity.Plant{Workers: 3}}, 12},
		{"two places on one processor gain nothing", capacity.Model{Costs: costs(stage("a", capacity.ByBlock, 3, 0)),
			Plant: capacity.Plant{Workers: 1, Places: 2, Processors: 1, DatabaseProcessors: 1}}, 24},
		// A stage of one unit of 8 s holds four units of 2 s back: 8 + 0.5 + 4 on two workers, then the lag to the end.
		{"a stage of one unit keeps all but one worker waiting", capacity.Model{Costs: costs(stage("a", capacity.Whole, 1, 0), stage("b", capacity.ByBlock, 1, 0)),
			Plant: capacity.Plant{Workers: 2}, Trouble: capacity.Trouble{StageLagS: 0.5}}, 8 + 0.5 + 4 + 0.5},
		// Units of 2 s on four workers, then 2 · 2 s each in a database with one processor: 2 + 4 · 4.
		{"a database with one processor serves in turn", capacity.Model{Costs: costs(stage("a", capacity.ByBlock, 1, 2)),
			Plant: capacity.Plant{Workers: 4, DatabaseProcessors: 1}}, 2 + 16},
		// The same where it runs on the four processors of the workers: 2 + 4.
		{"a database on the workers' processors has all of them", capacity.Model{Costs: costs(stage("a", capacity.ByBlock, 1, 2)), Plant: capacity.Plant{Workers: 4}}, 2 + 4},
		// 100 bytes a unit at 25 a second each, two readers at once: pairs end reading at 4 and 8 s, then 2 s of work.
		{"storage hands out to two at once", capacity.Model{Costs: costs(reads), Plant: capacity.Plant{Workers: 4, StoreBytesPerS: 50, StreamBytesPerS: 25}}, 8 + 2},
		// 2 parcels a unit of 30 bytes each at 10 a second, one after the other behind work of 2 s on four workers: 2 + 4 · 6.
		{"the database's log is written by one at a time", capacity.Model{Costs: costs(logs), Plant: capacity.Plant{Workers: 4, LogBytesPerS: 10}}, 2 + 24},
		// Looking at open runs takes half of the database: 2 s of work and 4 of writing become 2 + 8, four in turn.
		{"looking at runs slows the database", capacity.Model{Costs: costs(stage("a", capacity.ByBlock, 1, 2)),
			Plant: capacity.Plant{Workers: 4, DatabaseProcessors: 1}, Trouble: capacity.Trouble{RoundS: 0.05, RoundsPerS: 10}}, 2 + 32},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.model.Counties = alike(1, four)
			near(t, "time", simulate(t, c.model).Hours*3600, c.seconds, 1e-9)
		})
	}
}

func TestWhatEndsASeasonGoesBeforePixels(t *testing.T) {
	t.Parallel()
	// Three counties of one unit of pixels (5 s) and one after it (1 s), on one worker: pixels of the first until 5, of the second until
	// 10, by when the first's last unit waits and goes before the third's pixels: 11. So does the second's: 12. Then 17 and 18.
	// First come, first served would take all pixels before: 16, 17, 18.
	pixels := stage("observe", capacity.Whole, 5, 0)
	pixels.Pixels = true
	r := simulate(t, capacity.Model{Costs: costs(pixels, stage("publish", capacity.Whole, 1, 0)), Counties: alike(3, capacity.County{Parcels: 1}), Plant: capacity.Plant{Workers: 1}})
	near(t, "the second county", r.County.P50*3600, 12, 1e-9)
	near(t, "the last county", r.County.Max*3600, 18, 1e-9)
}

// A queue with Poisson arrivals and equal service: Pollaczek and Khinchine give a
// mean wait of ρS / 2(1−ρ) for one server (Gross and Harris, Fundamentals of
// Queueing Theory, 5.1).
func TestWaitsOfAQueueWithOneServerAreThoseOfTheFormula(t *testing.T) {
	t.Parallel()
	const n = 100_000
	for _, rho := range []float64{0.3, 0.7} {
		r := simulate(t, capacity.Model{Costs: costs(stage("a", capacity.Whole, 1, 0)), Counties: alike(n, capacity.County{Parcels: 1}), EveryS: 1 / rho, Plant: capacity.Plant{Workers: 1}})
		want := rho / (2 * (1 - rho))
		near(t, "mean wait", r.Waited.Mean, want, 0.03*want)
		near(t, "use of the worker", r.Processor.Share, rho, 0.01*rho)
	}
}

// For c servers with equal service the wait is close to half of that with
// exponential service (Erlang C), by Cosmetatos' approximation a little more:
// W(M/D/c) = ½ (1 + (1−ρ)(c−1)(√(4+5c)−2)/(16ρc)) · W(M/M/c).
func TestWaitsOfAQueueWithFourServersAreThoseOfTheApproximation(t *testing.T) {
	t.Parallel()
	const c, rho = 4, 0.8
	r := simulate(t, capacity.Model{Costs: costs(stage("a", capacity.Whole, 1, 0)), Counties: alike(100_000, capacity.County{Parcels: 1}), EveryS: 1 / (c * rho), Plant: capacity.Plant{Workers: c}})
	a := c * rho          // offered load, 3.2
	sum, term := 0.0, 1.0 // Erlang C by its definition
	for k := range c {
		sum += term
		term *= a / float64(k+1)
	}
	waits := term / (1 - rho) / (sum + term/(1-rho))
	erlang := waits / (c * (1 - rho)) // mean wait of M/M/c with service 1
	want := 0.5 * (1 + (1-rho)*(c-1)*(math.Sqrt(4+5*c)-2)/(16*rho*c)) * erlang
	near(t, "mean wait", r.Waited.Mean, want, 0.05*want)
}

func troubled(workers int) capacity.Model {
	return capacity.Model{
		Costs:    costs(stage("cover", capacity.ByBlock, 0.01, 0.002), stage("observe", capacity.BySceneBlock, 0.02, 0.004), stage("estimate", capacity.Whole, 0.01, 0.01)),
		Counties: capacity.Country(40, 8000, capacity.County{Parcels: 4000, Households: 1000, Scenes: 5, Blocks: 7, ReadBytes: 1e9}, 3),
		Plant:    capacity.Plant{Workers: workers, Places: 2, DatabaseProcessors: 2, StoreBytesPerS: 2e8},
		Trouble:  capacity.Trouble{StageLagS: 1, Spread: 0.4, Stragglers: 0.02, StragglerFactor: 8, Retries: 0.05, DeathsPerHour: 20, LeaseS: 30, RestartS: 10},
	}
}

func TestNothingIsLostOrDoubledWhateverDies(t *testing.T) {
	t.Parallel()
	m := troubled(6)
	want := 0
	for _, c := range m.Counties {
		want += c.Blocks + c.Scenes*c.Blocks + 1
	}
	r := simulate(t, m)
	if r.Units != want || r.InSystem.N != want {
		t.Errorf("%d units done, want %d", r.Units, want)
	}
	if r.Deaths == 0 || r.Lost == 0 || r.Retried == 0 || r.WastedS <= 0 {
		t.Errorf("nothing went wrong: %+v", r)
	}
	if r.Waited.N != want+r.Retried+r.Lost {
		t.Errorf("%d waits for %d units, %d retries and %d losses", r.Waited.N, want, r.Retried, r.Lost)
	}
}

// Little's law holds to the last digit over a span that begins and ends empty:
// the mean number in a system times the span is the sum of all stays in it.
func TestLittlesLaw(t *testing.T) {
	t.Parallel()
	r := simulate(t, troubled(3))
	span := r.Hours * 3600
	near(t, "units in the system", r.Work.Mean*span, r.InSystem.Mean*float64(r.InSystem.N), 1e-6*r.Work.Mean*span)
	near(t, "units in the queue", r.Queue.Mean*span, r.Waited.Mean*float64(r.Waited.N), 1e-6*r.Queue.Mean*span)
}

func TestTheSameSeedGivesTheSameFigures(t *testing.T) {
	t.Parallel()
	a, b := simulate(t, troubled(4)), simulate(t, troubled(4))
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%+v\n%+v", a, b)
	}
	other, err := capacity.Simulate(troubled(4), 2)
	if err != nil || reflect.DeepEqual(a, other) {
		t.Errorf("another seed gives the same: %v", err)
	}
}

func TestWorkIsTheSameOnAnyPlant(t *testing.T) {
	t.Parallel()
	calm := func(workers int) capacity.Result {
		m := troubled(workers)
		m.DeathsPerHour, m.Retries = 0, 0
		return simulate(t, m)
	}
	one, eight := calm(1), calm(8)
	near(t, "work done", eight.Processor.Share*eight.Hours*8, one.Processor.Share*one.Hours, 1e-6*one.Hours)
	if eight.Hours >= one.Hours || eight.Hours < one.Hours/8 {
		t.Errorf("eight workers take %.3f h, one %.3f h", eight.Hours, one.Hours)
	}
}

func TestACountryAddsUp(t *testing.T) {
	t.Parallel()
	like := capacity.County{Parcels: 785_052, Households: 200_000, Scenes: 13, Blocks: 36, ReadBytes: 10e9}
	list := capacity.Country(1800, 200e6, like, 1)
	households, parcels := 0.0, 0.0
	for _, c := range list {
		households, parcels = households+float64(c.Households), parcels+float64(c.Parcels)
	}
	near(t, "households", households, 200e6, 1000)
	near(t, "parcels a household", parcels/households, 785_052.0/200_000, 1e-4)
}

func TestModelsThatCanNotBeAreRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*capacity.Model){
		"no worker":                         func(m *capacity.Model) { m.Plant.Workers = 0 },
		"no county":                         func(m *capacity.Model) { m.Counties = nil },
		"all units are stragglers":          func(m *capacity.Model) { m.Stragglers = 1 },
		"a time that is no number":          func(m *capacity.Model) { m.LeaseS = math.NaN() },
		"one reader has more than all":      func(m *capacity.Model) { m.Plant.StreamBytesPerS = 1e12 },
		"looking takes all of the database": func(m *capacity.Model) { m.RoundS, m.RoundsPerS = 0.01, 200 },
	} {
		m := troubled(2)
		change(&m)
		if _, err := capacity.Simulate(m, 1); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// 8 parcels: 24 s of workers, 16 s of the database, 400 bytes read, 240 logged. With 2 processors the database alone takes 8 s, and two of them
// are used up by 2 · 24 / 16 = 3 workers; storage at 50 a second takes 8 s, and 50 · 24 / 400 = 3 workers; the log at 60 a second 4 s, 60 · 24 / 240 = 6.
// The chain of one county is (3 + 2) · 8 / 4 s with one unit of four.
func TestLimitsCountedByHand(t *testing.T) {
	t.Parallel()
	k := stage("observe", capacity.ByBlock, 3, 2)
	k.Reads, k.Logged = true, 30
	m := capacity.Model{Costs: costs(k), Counties: alike(1, capacity.County{Parcels: 8, Blocks: 4, ReadBytes: 400}),
		Plant: capacity.Plant{Workers: 4, DatabaseProcessors: 2, StoreBytesPerS: 50, LogBytesPerS: 60}}
	want := []capacity.Limit{
		{What: "the longest county alone", Hours: 10. / 3600}, {What: "processors of the database", Hours: 8. / 3600, Workers: 3},
		{What: "object storage", Hours: 8. / 3600, Workers: 3}, {What: "the database's log", Hours: 4. / 3600, Workers: 6},
		{What: "processors of the workers", Hours: 6. / 3600},
	}
	if got := m.Limits(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

// 24 s of work in four units: 2 workers end in 12 s, 3 too, since the fourth unit waits; 4 in 6.
func TestTheFewestWorkersThatEndInTime(t *testing.T) {
	t.Parallel()
	m := capacity.Model{Costs: costs(stage("a", capacity.ByBlock, 3, 0)), Counties: alike(1, capacity.County{Parcels: 8, Blocks: 4}), Plant: capacity.Plant{Workers: 1, DatabaseProcessors: 1}}
	for seconds, want := range map[float64]int{30: 1, 12: 2, 11: 4, 6: 4, 5: 65} {
		if n, err := capacity.Fewest(m, seconds/3600, 64, 1); n != want || err != nil {
			t.Errorf("%g s: %d workers, %v, want %d", seconds, n, err, want)
		}
	}
}

const timings = `stage,units,wall_s,busy_s,peak_mib,cpu_s,decoder_cpu_s,decoder_peak_mib,db_cpu_s,db_bytes,db_log_bytes,parcels,households,imagery_bytes
inputs,0,1,0,100,1,0,0,1,0,0,1000,250,5000
verify,5,1,1,100,1,4,100,1,0,10,1000,250,5000
cover,4,1,1,100,2,0,100,1,1000,10,1000,250,5000
observe,20,1,1,100,1,9,100,1,1000,10,1000,250,5000
assemble,4,1,1,100,1,0,100,1,1000,10,1000,250,5000
reconcile,4,1,1,100,1,0,100,1,1000,10,1000,250,5000
recognise,4,1,1,100,1,0,100,1,1000,10,1000,250,5000
estimate,1,1,1,100,1,0,100,1,1000,10,1000,250,5000
watch,1,1,1,100,1,0,100,1,-1000,10,1000,250,5000
decide,1,1,1,100,5,0,100,1,1000,10,1000,250,5000
publish,1,1,1,100,1,0,100,1,1000,10,1000,250,5000
outputs,0,1,0,100,1,0,0,1,0,0,1000,250,5000
`

func TestCostsOfATable(t *testing.T) {
	t.Parallel()
	k, err := capacity.ReadTimings(strings.NewReader(timings))
	if err != nil {
		t.Fatal(err)
	}
	if want := (capacity.County{Parcels: 1000, Households: 250, Scenes: 5, Blocks: 4, ReadBytes: 5000}); k.County != want {
		t.Errorf("%+v, want %+v", k.County, want)
	}
	near(t, "observing a parcel in a scene", k.Stages[2].WorkerS, 10./5000, 1e-12)
	near(t, "deciding a household", k.Stages[8].WorkerS, 5./250, 1e-12)
	near(t, "a table that shrank", k.Stages[7].Stored, 0, 0)
	// Twice the county costs twice, but for what a scene costs.
	w, d, stored, logged := k.Sum(capacity.County{Parcels: 2000, Households: 500, Scenes: 5, Blocks: 8})
	near(t, "workers", w, 5+2*(2+10+1+1+1+1+1+5+1), 1e-9)
	near(t, "database", d, 1+2*9, 1e-9)
	near(t, "stored", stored, 2*8000, 1e-9)
	near(t, "logged", logged, 10+2*90, 1e-9)
}

func FuzzReadTimings(f *testing.F) {
	f.Add(timings)
	f.Add("stage\n")
	f.Add(strings.ReplaceAll(timings, "1000", "NaN"))
	f.Add(strings.ReplaceAll(timings, "1000", "1e309"))
	f.Fuzz(func(t *testing.T, text string) {
		k, err := capacity.ReadTimings(strings.NewReader(text))
		if err != nil {
			return
		}
		if w, _, _, _ := k.Sum(k.County); !(w > 0) || math.IsInf(w, 0) {
			t.Errorf("costs %g s", w)
		}
	})
}

func TestWhatComesWithTheProgramCanBeRead(t *testing.T) {
	t.Parallel()
	if k, err := capacity.Measured(); err != nil || k.County.Households < 10_000 {
		t.Errorf("%+v, %v", k.County, err)
	}
}
