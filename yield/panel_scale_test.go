package yield_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"testing"

	"parus/yield"
)

// counties makes a table of 14 years: levels of regions, a year's weather of all
// and of a group, and one row in ten missing.
func counties(regions, groups int) yield.Table {
	r := rand.New(rand.NewPCG(14, 14))
	var t yield.Table
	all, own := make([]float64, 14), make([][14]float64, groups)
	for y := range all {
		all[y] = 3 * r.NormFloat64()
		for g := range own {
			own[g][y] = 4 * r.NormFloat64()
		}
	}
	for k := range regions {
		level := 40 + 6*r.NormFloat64()
		for y := range all {
			if r.IntN(10) == 0 {
				continue
			}
			t.Keys, t.Groups, t.Years = append(t.Keys, fmt.Sprintf("r%04d", k)), append(t.Groups, fmt.Sprint("g", k%groups)), append(t.Years, 2003+y)
			t.Target = append(t.Target, level+.3*float64(y)+all[y]+own[k%groups][y]+4*r.NormFloat64())
			t.Values = append(t.Values, nil)
		}
	}
	return t
}

func TestAStoppedFitSaysSo(t *testing.T) {
	t.Parallel()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := yield.FitPanel(stopped, panel(0.9), columns(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("fit: %v", err)
	}
	if _, err := yield.EvaluatePanel(stopped, panel(0.9), columns(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("evaluate: %v", err)
	}
}

// Stopped after its first fold, an evaluation begins no more of them than were
// under way: with every fold done it would have no error to give.
func TestAnEvaluationThatIsStoppedHalfwayEnds(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	told := 0
	_, err := yield.EvaluatePanel(ctx, panel(0.9), columns(), func(done, total int) {
		told++
		if done != told || total != 5+9 { // years 5 to 9 forward, each of 9 left out
			t.Errorf("told %d of %d at call %d", done, total, told)
		}
		stop()
	})
	if !errors.Is(err, context.Canceled) || told == 14 {
		t.Errorf("after %d folds: %v", told, err)
	}
}

// TestThreadsOfPanel writes a model and another's scores under the number of
// threads that its parent sets, for TestThreadsDoNotChangeAPanel alone.
func TestThreadsOfPanel(t *testing.T) {
	if os.Getenv("PARUS_PANEL_OUT") == "" {
		t.Skip("it is run by TestThreadsDoNotChangeAPanel")
	}
	out, err := os.Create(os.Getenv("PARUS_PANEL_OUT"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	m, err := yield.FitPanel(t.Context(), counties(12, 3), columns(), nil)
	if err != nil {
		t.Fatal(err)
	}
	scores, err := yield.EvaluatePanel(t.Context(), panel(0.9), columns(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Save(out); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(out, scores)
}

func TestThreadsDoNotChangeAPanel(t *testing.T) {
	t.Parallel()
	var files [][]byte
	for _, threads := range []string{"1", "4"} {
		path := t.TempDir() + "/out"
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestThreadsOfPanel$")
		c.Env = append(os.Environ(), "GOMAXPROCS="+threads, "PARUS_PANEL_OUT="+path)
		if words, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s threads: %v\n%s", threads, err, words)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, b)
	}
	if len(files[0]) < 1000 || !bytes.Equal(files[0], files[1]) {
		t.Errorf("1 thread gives %d bytes, 4 threads %d that differ", len(files[0]), len(files[1]))
	}
}

// A region's rows may come in any order.
func TestTheOrderOfRowsDoesNotMatter(t *testing.T) {
	t.Parallel()
	tab := counties(12, 3)
	back := yield.Table{}
	for i := len(tab.Keys) - 1; i >= 0; i-- {
		back.Keys, back.Groups, back.Years = append(back.Keys, tab.Keys[i]), append(back.Groups, tab.Groups[i]), append(back.Years, tab.Years[i])
		back.Target, back.Values = append(back.Target, tab.Target[i]), append(back.Values, nil)
	}
	a, err := yield.FitPanel(t.Context(), tab, columns(), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := yield.FitPanel(t.Context(), back, columns(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range a.Scores { // sums in another order differ by rounding, of which a search keeps little
		near(t, string(s.Method)+" "+s.Split, b.Scores[i].RMSE, s.RMSE, 1e-3)
	}
	if !reflect.DeepEqual(a.Years, b.Years) || a.Method != b.Method {
		t.Errorf("%s of %v, %s of %v", a.Method, a.Years, b.Method, b.Years)
	}
}

// About 10,000 rows: the size of a country's counties over 14 years.
func BenchmarkFitPanel(b *testing.B) {
	tab := counties(800, 11)
	for b.Loop() {
		if _, err := yield.FitPanel(b.Context(), tab, columns(), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEvaluatePanel(b *testing.B) {
	tab := counties(800, 11)
	for b.Loop() {
		if _, err := yield.EvaluatePanel(b.Context(), tab, columns(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
