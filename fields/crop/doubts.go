package crop

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// Doubt is a training sample whose label is probably wrong: what a county
// should look at before it trusts a declaration.
type Doubt struct {
	ID         string
	Label      string  // as given
	Suggested  string  // what held-out probabilities say
	P          float64 // of the label
	PSuggested float64
}

// doubts finds labels that contradict held-out probabilities, by confident
// learning (Northcutt, Jiang and Chuang, JAIR 70, 2021): a class' threshold is
// the mean probability that samples labelled with it have of it; a sample is in
// doubt where another class reaches its own threshold and its label's does not.
// The surest come first.
func doubts(held probabilities, labels []int32, ids, classes []string) []Doubt {
	threshold, n := make([]float64, len(classes)), make([]float64, len(classes))
	for i, y := range labels {
		threshold[y] += held.row(i)[y]
		n[y]++
	}
	for c := range threshold {
		threshold[c] /= max(1, n[c])
	}
	var out []Doubt
	for i, y := range labels {
		p := held.row(i)
		best := -1
		for c, v := range p {
			if c != int(y) && v >= threshold[c] && (best < 0 || v > p[best]) {
				best = c
			}
		}
		if best >= 0 && p[y] < threshold[y] && p[best] > p[y] {
			out = append(out, Doubt{ids[i], classes[y], classes[best], p[y], p[best]})
		}
	}
	sortDoubts(out)
	return out
}

// sortDoubts puts the surest first.
func sortDoubts(doubts []Doubt) {
	slices.SortStableFunc(doubts, func(a, b Doubt) int { return cmp.Compare(b.PSuggested-b.P, a.PSuggested-a.P) })
}

// WriteDoubts writes CSV: sample_id, label, suggested, p_label, p_suggested.
func WriteDoubts(w io.Writer, doubts []Doubt) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"sample_id", "label", "suggested", "p_label", "p_suggested"}}
	for _, d := range doubts {
		rows = append(rows, []string{d.ID, d.Label, d.Suggested, strconv.FormatFloat(d.P, 'f', 4, 64), strconv.FormatFloat(d.PSuggested, 'f', 4, 64)})
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write doubts: %w", err)
	}
	return nil
}
