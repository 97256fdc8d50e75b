package crop_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"parus/fields/crop"
)

// outcome is what one learner says of every row of a set while the row's fold
// is held out.
type outcome struct {
	p                [][]float64 // one probability a class
	spoken           []bool      // nil: the learner has no rule of its own
	fit, predict     float64     // seconds of processor: of a fold, and of all folds
	learner, setName string
}

// TestLearnerTable writes the table of docs/results.md to the file that
// PARUS_CROP_TABLE names: Parus and, where python3 has them, scikit-learn and
// XGBoost, on the same folds of whole cells. PARUS_CROP_SETS picks sets by
// parts of their names, between bars, PARUS_CROP_FOLDS sets the folds (5), and
// PARUS_CROP_NPZ names a table of pixels.
// Without the first it measures a small generated set, so that the harness
// itself cannot rot.
func TestLearnerTable(t *testing.T) {
	t.Parallel()
	path := os.Getenv("PARUS_CROP_TABLE")
	if path == "" {
		samples, labels := county(12, 2021, 1)
		set := labelled{"generated", samples, labels, idsOf(samples)}
		classes, y := coded(set.labels)
		fold, k := crop.FoldsOf(y, len(classes), set.cells, 2, 1)
		o := parus(t, set, classes, fold, k, crop.FitOptions{Trees: 30})
		var b bytes.Buffer
		o.print(&b, y)
		if len(strings.Fields(b.String())) < 12 || o.accuracy(y) < .9 {
			t.Errorf("accuracy %.3f on crops that differ by months; line %q", o.accuracy(y), b.String())
		}
		return
	}
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w := io.MultiWriter(out, os.Stderr)
	fmt.Fprintln(w, "| set | learner | accuracy | 95 % interval | macro-F1 | ECE | coverage, error at stated 5 % | at stated 10 % | own rule, 5 % | fit, CPU s a fold | predicted a CPU s |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|---|---|")
	want, outer := os.Getenv("PARUS_CROP_SETS"), 5
	if n, err := strconv.Atoi(os.Getenv("PARUS_CROP_FOLDS")); err == nil {
		outer = n
	}
	if npz := os.Getenv("PARUS_CROP_NPZ"); npz != "" {
		pixels(t, w, npz)
	}
	for _, set := range realSets(t, realFolder()) {
		if !slices.ContainsFunc(strings.Split(want, "|"), func(part string) bool { return strings.Contains(set.name, part) }) {
			continue
		}
		classes, y := coded(set.labels)
		fold, k := crop.FoldsOf(y, len(classes), set.cells, outer, 7)
		for _, o := range append([]outcome{parus(t, set, classes, fold, k, crop.FitOptions{Seed: 1, Folds: 3})}, peers(t, set, classes, y, fold)...) {
			o.print(w, y)
		}
	}
}

// processor is the processor time of this process, all threads together: what
// a busy machine leaves of a comparison.
func processor(t testing.TB) float64 {
	t.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

func realFolder() string {
	return cmp.Or(os.Getenv("PARUS_REAL_DATA"), filepath.Join("..", "..", "..", "shared", "data"))
}

func idsOf(samples []crop.Sample) []string {
	var ids []string
	for _, s := range samples {
		ids = append(ids, s.ID)
	}
	return ids
}

// coded numbers labels by their order.
func coded(labels []string) (classes []string, y []int32) {
	classes = slices.Clone(labels)
	slices.Sort(classes)
	classes = slices.Compact(classes)
	for _, l := range labels {
		c, _ := slices.BinarySearch(classes, l)
		y = append(y, int32(c))
	}
	return classes, y
}

// parus fits a model without each fold, which cross-validates, blends and
// calibrates within the other folds alone, and predicts the fold.
func parus(t *testing.T, set labelled, classes []string, fold []int, k int, options crop.FitOptions) outcome {
	t.Helper()
	o := outcome{p: make([][]float64, len(fold)), spoken: make([]bool, len(fold)), setName: set.name, learner: "Parus"}
	for f := range k {
		var train, test labelled
		var at []int
		for i, g := range fold {
			into := &train
			if g == f {
				into, at = &test, append(at, i)
			}
			into.samples, into.labels, into.cells = append(into.samples, set.samples[i]), append(into.labels, set.labels[i]), append(into.cells, set.cells[i])
		}
		options.Groups = train.cells
		begin := processor(t)
		m, err := crop.Fit(context.Background(), train.samples, train.labels, options)
		if err != nil {
			t.Fatalf("%s, fold %d: %v", set.name, f, err)
		}
		o.fit += processor(t) - begin
		begin = processor(t)
		posteriors, err := m.Predict(context.Background(), test.samples, crop.PredictOptions{})
		if err != nil {
			t.Fatal(err)
		}
		o.predict += processor(t) - begin
		for j, p := range posteriors {
			row := make([]float64, len(classes))
			for c, name := range p.Classes {
				to, _ := slices.BinarySearch(classes, name)
				row[to] = p.P[c]
			}
			o.p[at[j]], o.spoken[at[j]] = row, !p.Abstained
		}
	}
	o.fit /= float64(k)
	return o
}

// peers runs the other learners on the points that Parus brings series to, with
// its derived indices: the raw table that people give to a forest.
func peers(t *testing.T, set labelled, classes []string, y []int32, fold []int) []outcome {
	t.Helper()
	m, err := crop.Fit(context.Background(), set.samples, set.labels, crop.FitOptions{Trees: 2, Folds: 2})
	if err != nil {
		t.Fatal(err)
	}
	return learnersOf(t, set.name, crop.Points(set.samples, m.Card().Schema), len(classes), y, fold, "forest", "svm", "xgboost")
}

// learnersOf hands a table to internal/bench/crop_peers.py.
func learnersOf(t *testing.T, name string, x [][]float32, classes int, y []int32, fold []int, learners ...string) []outcome {
	t.Helper()
	dir := t.TempDir()
	if keep := os.Getenv("PARUS_CROP_KEEP"); keep != "" {
		dir = filepath.Join(keep, strings.Map(func(r rune) rune {
			if r == ' ' || r == ',' {
				return '_'
			}
			return r
		}, name))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	fold32 := make([]int32, len(fold))
	for i, f := range fold {
		fold32[i] = int32(f)
	}
	write(t, filepath.Join(dir, "x.f32"), slices.Concat(x...))
	write(t, filepath.Join(dir, "y.i32"), y)
	write(t, filepath.Join(dir, "fold.i32"), fold32)
	if err := os.WriteFile(filepath.Join(dir, "shape.txt"), fmt.Appendf(nil, "%d %d %d", len(x), len(x[0]), classes), 0o600); err != nil {
		t.Fatal(err)
	}
	var out []outcome
	for _, learner := range learners {
		c := exec.CommandContext(t.Context(), "/usr/bin/python3", filepath.Join("..", "..", "internal", "bench", "crop_peers.py"), dir, learner)
		if text, err := c.CombinedOutput(); err != nil {
			t.Logf("NOT MEASURED, %s: %v: %s", learner, err, text)
			continue
		}
		o := outcome{setName: name, learner: learner}
		flat := make([]float32, len(x)*classes)
		data, err := os.ReadFile(filepath.Join(dir, learner+".f32"))
		if err == nil {
			err = binary.Read(bytes.NewReader(data), binary.LittleEndian, flat)
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range x {
			if fold[i] < 0 {
				o.p = append(o.p, nil)
				continue
			}
			row := make([]float64, classes)
			for c := range row {
				row[c] = float64(flat[i*classes+c])
			}
			o.p = append(o.p, row)
		}
		times, err := os.ReadFile(filepath.Join(dir, learner+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(string(times), &o.fit, &o.predict); err != nil {
			t.Fatal(err)
		}
		o.fit /= float64(slices.Max(fold) + 1)
		out = append(out, o)
	}
	return out
}

func write(t *testing.T, path string, data any) {
	t.Helper()
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, data); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// guesses returns the best class of every row, its probability, and whether
// it is right; rows without a prediction are left out.
func (o outcome) guesses(y []int32) (guess, truth []string, probability []float64, right, spoken []bool) {
	for i, p := range o.p {
		if p == nil {
			continue
		}
		best := 0
		for c, v := range p {
			if v > p[best] {
				best = c
			}
		}
		guess, truth = append(guess, fmt.Sprint(best)), append(truth, fmt.Sprint(y[i]))
		probability, right = append(probability, p[best]), append(right, best == int(y[i]))
		if o.spoken != nil {
			spoken = append(spoken, o.spoken[i])
		}
	}
	return guess, truth, probability, right, spoken
}

func (o outcome) accuracy(y []int32) float64 {
	guess, truth, _, _, _ := o.guesses(y)
	return crop.NewConfusion(truth, guess).Accuracy()
}

// print writes one line of the table.
func (o outcome) print(w io.Writer, y []int32) {
	guess, truth, probability, right, spoken := o.guesses(y)
	c := crop.NewConfusion(truth, guess)
	low, high := crop.Wilson(c.Right(), len(guess))
	own := "—"
	if spoken != nil {
		own = share(spoken, right)
	}
	fmt.Fprintf(w, "| %s | %s | %.4f | %.3f – %.3f | %.3f | %.3f | %s | %s | %s | %.1f | %.0f |\n", o.setName, o.learner, c.Accuracy(), low, high, c.MacroF1(),
		crop.CalibrationError(probability, right), stated(probability, right, .05), stated(probability, right, .1), own, o.fit,
		float64(len(guess))/o.predict)
}

// stated speaks on the surest rows for as long as the mean of 1 − p over them
// stays within an error, and tells their share and the error really made.
func stated(probability []float64, right []bool, target float64) string {
	order := make([]int, len(probability))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(probability[b], probability[a]) })
	spoken, sum := make([]bool, len(order)), 0.0
	for n, i := range order {
		if sum += 1 - probability[i]; sum > target*float64(n+1) {
			break
		}
		spoken[i] = true
	}
	return share(spoken, right)
}

// share prints the part of rows that are spoken on, and the error among them.
func share(spoken, right []bool) string {
	n, wrong := 0, 0
	for i, s := range spoken {
		if s {
			n++
			if !right[i] {
				wrong++
			}
		}
	}
	return fmt.Sprintf("%.3f, %.3f", float64(n)/float64(len(spoken)), float64(wrong)/math.Max(1, float64(n)))
}
