package crop

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// WritePosteriors writes CSV: sample_id, label (the best class, even where the
// model abstained), probability, abstained, reason, model, one p_<class> column
// a class, set (the conformal set, a semicolon between classes) and stage_day
// (day of season of the stage that judged; empty where none did). Probabilities have six decimals and add up to 1: what
// rounding leaves over goes to the best class.
func WritePosteriors(w io.Writer, posteriors []Posterior, classes []string, model string) error {
	out := csv.NewWriter(w)
	head := []string{"sample_id", "label", "probability", "abstained", "reason", "model"}
	for _, c := range classes {
		head = append(head, "p_"+c)
	}
	head = append(head, "set", "stage_day")
	if err := out.Write(head); err != nil {
		return fmt.Errorf("write predictions: %w", err)
	}
	row := make([]string, 0, len(head))
	for _, p := range posteriors {
		label, _ := p.Best()
		micro := rounded(p.P)
		row = append(row[:0], p.ID, label, micros(micro[bestOf(p.P)]), strconv.FormatBool(p.Abstained), p.Reason, model)
		for _, m := range micro {
			row = append(row, micros(m))
		}
		row = append(row, strings.Join(p.Set, setSeparator), stageDay(p.Stage))
		if err := out.Write(row); err != nil {
			return fmt.Errorf("write predictions: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write predictions: %w", err)
	}
	return nil
}

// setSeparator stands between the classes of a set.
const setSeparator = ";"

func stageDay(day int) string {
	if day == 0 {
		return ""
	}
	return strconv.Itoa(day)
}

// rounded returns probabilities in millionths that add up to a million.
func rounded(p []float64) []int {
	out, sum := make([]int, len(p)), 0
	for i, v := range p {
		out[i] = int(math.Floor(v*1e6 + .5))
		sum += out[i]
	}
	out[bestOf(p)] += 1_000_000 - sum
	return out
}

func micros(m int) string { return fmt.Sprintf("%d.%06d", m/1_000_000, m%1_000_000) }

// Predicted is one row of a table of predictions.
type Predicted struct {
	ID, Label   string
	Probability float64
	Abstained   bool
	Set         []string // conformal set; nil where the table has none
}

// ReadPredicted reads what [WritePosteriors] wrote; columns other than
// sample_id, label, probability, abstained and set are passed over, and the last
// three may be missing (1, false and no set).
func ReadPredicted(r io.Reader) ([]Predicted, error) {
	in := csv.NewReader(r)
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("read predictions: %w", orEmpty(err))
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	id, label := slices.Index(head, "sample_id"), slices.Index(head, "label")
	probability, abstained, set := slices.Index(head, "probability"), slices.Index(head, "abstained"), slices.Index(head, "set")
	if id < 0 || label < 0 {
		return nil, fmt.Errorf("read predictions: want columns sample_id and label, have %s", strings.Join(head, ", "))
	}
	var out []Predicted
	seen := map[string]bool{}
	for {
		rec, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read predictions: %w", err)
		}
		p := Predicted{ID: rec[id], Label: rec[label], Probability: 1}
		line, _ := in.FieldPos(0)
		if seen[p.ID] {
			return nil, fmt.Errorf("read predictions: line %d: sample %q comes twice", line, p.ID)
		}
		seen[p.ID] = true
		if probability >= 0 {
			if p.Probability, err = strconv.ParseFloat(rec[probability], 64); err != nil || !(p.Probability >= 0 && p.Probability <= 1) {
				return nil, fmt.Errorf("read predictions: line %d: probability %q is not between 0 and 1", line, rec[probability])
			}
		}
		if abstained >= 0 {
			if p.Abstained, err = strconv.ParseBool(rec[abstained]); err != nil {
				return nil, fmt.Errorf("read predictions: line %d: abstained %q is neither true nor false", line, rec[abstained])
			}
		}
		if set >= 0 && rec[set] != "" {
			p.Set = strings.Split(rec[set], setSeparator)
		}
		out = append(out, p)
	}
}

func orEmpty(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("the file is empty")
	}
	return err
}

// ReadTruth reads sample → label from CSV that has the two columns named, one
// row a sample or, in long form, several that agree.
func ReadTruth(r io.Reader, c Columns) (map[string]string, error) {
	c = c.withDefaults()
	in := csv.NewReader(r)
	in.ReuseRecord = true
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("read truth: %w", orEmpty(err))
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	id, label := slices.Index(head, c.ID), slices.Index(head, c.Label)
	if id < 0 || label < 0 {
		return nil, fmt.Errorf("read truth: want columns %s and %s, have %s", c.ID, c.Label, strings.Join(head, ", "))
	}
	out := map[string]string{}
	for {
		rec, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read truth: %w", err)
		}
		l := rec[label]
		if slices.Contains(c.DropLabels, l) {
			continue
		}
		if to, ok := c.Rename[l]; ok {
			l = to
		}
		if l == "" {
			continue
		}
		if before, ok := out[rec[id]]; ok && before != l {
			line, _ := in.FieldPos(0)
			return nil, fmt.Errorf("read truth: line %d: sample %q is %q here and %q before", line, rec[id], l, before)
		}
		out[strings.Clone(rec[id])] = strings.Clone(l)
	}
}
