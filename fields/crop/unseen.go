package crop

import (
	"encoding/csv"
	"io"
	"slices"
	"strings"
)

// ClassesOf returns the classes of the model that made a table of predictions:
// its columns p_<class>, in order. A table without them tells nothing.
func ClassesOf(r io.Reader) []string {
	head, err := readHeader(csv.NewReader(r))
	if err != nil {
		return nil
	}
	var out []string
	for _, n := range head {
		if c, ok := strings.CutPrefix(n, "p_"); ok {
			out = append(out, c)
		}
	}
	return out
}

// Unseen is a class of the truth that the model was never taught.
type Unseen struct {
	Class   string `json:"class"`
	Samples int    `json:"samples"` // compared; all count as wrong
	Spoken  int    `json:"spoken"`  // of these, the model did not abstain on
}

// UnseenClasses lists classes of the truth, by name, that are none of the
// model's; none where the model's are not known.
func UnseenClasses(truth map[string]string, predicted []Predicted, classes []string) []Unseen {
	if len(classes) == 0 {
		return nil
	}
	var out []Unseen
	for _, p := range predicted {
		t, ok := truth[p.ID]
		if !ok || slices.Contains(classes, t) {
			continue
		}
		i, found := slices.BinarySearchFunc(out, t, func(u Unseen, t string) int { return strings.Compare(u.Class, t) })
		if !found {
			out = slices.Insert(out, i, Unseen{Class: t})
		}
		out[i].Samples++
		if !p.Abstained {
			out[i].Spoken++
		}
	}
	return out
}
