package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parus/internal/ledger"
	"parus/internal/postgis"
)

// TestASeasonEndToEnd runs the program as people do, over one generated county.
func TestASeasonEndToEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole seasons")
	}
	t.Parallel()
	w := newWorld(t)
	w.runUndisturbed(t)
	for name, test := range map[string]func(*testing.T){
		"a second run recomputes nothing and writes the same bytes": w.testTwice,
		"scenes that come later recompute no observation":           w.testLaterScenes,
		"all of its decisions replay":                               w.testReplay,
		"it runs from the release in force":                         w.testInForce,
		"the order of a catalogue changes nothing":                  w.testShuffled,
		"the number of threads changes nothing":                     w.testThreads,
		"borders of blocks show nowhere":                            w.testSeams,
		"killed at any moment it goes on to the same bytes":         w.testKilled,
		"every process killed, nothing is lost or doubled":          w.testEverythingKilled,
		"Ctrl-C stops it, and it goes on":                           w.testInterrupted,
		"a second process uses the services of the first":           w.testAttached,
		"two homes go side by side":                                 w.testSideBySide,
		"crops, yields and lines agree with the truth":              w.testTruth,
		"declarations are labels and are held against the crops":    w.testDeclarations,
		"a model of many classes is mapped to the catalogue":        w.testManyClasses,
		"without a crop model it starts cold":                       w.testCold,
		"a decision has its letter":                                 w.testLetter,
		"a policy is tested, shadowed, put in force and taken back": w.testPolicies,
		"households apply and every answer is computed again":       w.testApplications,
		"lines are added up and compared afterwards":                w.testMonitoring,
		"a batch is planned, compared and rolled back":              w.testPlanned,
		"an item that kills its workers is quarantined":             w.testQuarantine,
		"a run is paused from outside and goes on":                  w.testPausedFromOutside,
		"what is told of a run tells of nobody":                     w.testToldOfPeople,
		"a catalogue is watched while it grows":                     w.testPolled,
		"workers in network namespaces of their own":                w.testNamespaces,
		"the wires of workers and scenes suffer":                    w.testWires,
		"disks that fill and clocks that disagree change no byte":   w.testFullDisks,
		"workers read object storage, and go when it is migrated":   w.testMigratedBeneath,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
	for name, test := range w.badInputs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

var outputs = []string{"lines.csv", "outcomes.csv", "parcels.csv", "parcels.gpkg", "report.html"}

// runUndisturbed makes the run that the others are compared with.
func (w *world) runUndisturbed(t *testing.T) {
	s := w.order(t)
	w.env, w.db = servers(t)
	s.env = w.env
	mustExit(t, exitOK, s.run(t))
	w.undisturbed = files(t, s.out)
	for _, name := range outputs {
		if len(w.undisturbed[name]) == 0 {
			t.Fatalf("%s is missing or empty", name)
		}
	}
}

func (w *world) testTwice(t *testing.T) {
	s := w.order(t)
	s.env = w.env
	before := book(t, w.db, 1)
	mustExit(t, exitOK, s.run(t))
	sameFiles(t, files(t, s.out), w.undisturbed)
	if after := book(t, w.db, 1); !slices.Equal(before, after) {
		t.Errorf("the ledger changed from\n%v\nto\n%v", before, after)
	}
	if run, err := w.db.Run(t.Context(), 2); err == nil {
		t.Errorf("the second call made a run of its own: %+v", run)
	}
}

// unit is a line of the ledger: what was done, and between which moments.
type unit struct {
	id         int64
	key, stage string
	state      ledger.State
	took       int64 // ns between claim and end, which no second attempt would repeat
}

// book reads all units of a run.
func book(t *testing.T, db *postgis.DB, run int64) []unit {
	t.Helper()
	var all []unit
	for _, stage := range []string{"verify", "cover", "observe", "assemble", "recognise", "estimate", "decide", "publish"} {
		units, err := db.FinishedUnits(t.Context(), run, stage)
		if err != nil {
			t.Fatal(err)
		}
		if len(units) == 0 {
			t.Errorf("run %d has no unit of stage %s", run, stage)
		}
		for _, u := range units {
			all = append(all, unit{u.ID, u.Key, u.Stage, u.State, int64(u.Took)})
		}
	}
	return all
}

func (w *world) testLaterScenes(t *testing.T) {
	s := w.order(t)
	env, db := servers(t)
	s.env = env
	all := s.scenes
	s.scenes = w.catalogue(t, func(items []item) []item { return items[:6] })
	mustExit(t, exitOK, s.run(t))
	first := book(t, db, 1)
	s.scenes = w.catalogue(t, func(items []item) []item { return items })
	mustExit(t, exitOK, s.run(t))
	second := book(t, db, 2)
	for _, u := range first {
		pixels := u.stage == "verify" || u.stage == "cover" || u.stage == "observe"
		if kept := slices.Contains(second, u); pixels && !kept {
			t.Errorf("%s of the first run is not what the second one used", u.key)
		}
	}
	// From the county's own catalogue, whose files are named differently, the
	// content is the same.
	s.scenes = all
	mustExit(t, exitOK, s.run(t))
	if got := files(t, s.out)["parcels.csv"]; got != w.undisturbed["parcels.csv"] {
		t.Error("parcels.csv after scenes were added is not that of one run over all of them")
	}
}

func (w *world) testShuffled(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	dir := filepath.Dir(s.scenes)
	s.scenes = filepath.Join(dir, "shuffled.json")
	text := readFile(t, w.catalogue(t, func(items []item) []item {
		slices.Reverse(items)
		items[1], items[5] = items[5], items[1]
		return items
	}))
	writeFile(t, s.scenes, []byte(strings.ReplaceAll(text, dir+"/", "./")))
	mustExit(t, exitOK, s.run(t))
	sameFiles(t, files(t, s.out), w.undisturbed)
}

func (w *world) testThreads(t *testing.T) {
	for _, n := range []string{"1", "4"} {
		s := w.order(t)
		s.env, _ = servers(t)
		s.more = []string{"--threads", n}
		mustExit(t, exitOK, s.run(t))
		sameFiles(t, files(t, s.out), w.undisturbed)
	}
}

// testSeams cuts the county into blocks of 32 pixels, so that many parcels lie
// in two or four of them.
func (w *world) testSeams(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	text := readFile(t, s.county)
	s.county = filepath.Join(w.dir, "county-blocks.yaml")
	writeFile(t, s.county, []byte(text+"block_px: 32\n"))
	mustExit(t, exitOK, s.run(t))
	got := files(t, s.out)
	blocks := 0
	for _, r := range table(t, filepath.Join(s.out, "outcomes.csv")) {
		if r["stage"] == "cover" {
			blocks++
		}
	}
	if blocks < 9 {
		t.Errorf("%d blocks: the case shows nothing", blocks)
	}
	for _, name := range []string{"parcels.csv", "lines.csv", "parcels.gpkg"} {
		if got[name] != w.undisturbed[name] {
			t.Errorf("%s differs: %s", name, firstDifference(got[name], w.undisturbed[name]))
		}
	}
}
