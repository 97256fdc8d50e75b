package crop

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
)

// settle fills in the card from the held-out probabilities.
func (f *fitting) settle(h *heldOut) {
	c := &f.card
	held, cv := h.judge(f.labels, c.Classes)
	f.doubts = doubts(held, f.labels, f.ids, c.Classes)
	all := make([]int, len(f.labels))
	probability, right := make([]float64, len(all)), make([]bool, len(all))
	for i, y := range f.labels {
		all[i] = i
		b := bestOf(held.row(i))
		probability[i], right[i] = held.row(i)[b], b == int(y)
	}
	c.Learners, c.Rounds = learnerNames()[:len(h.parts)], h.rounds
	c.Blend = fitBlend(h.parts, f.labels, all)
	c.Copies = f.o.Copies
	c.AbstainError, c.Confidence = f.o.AbstainError, f.o.Confidence
	var reached bool
	if c.AbstainBelow, reached = abstention(probability, right, f.o.AbstainError); !reached {
		c.Notes = append(c.Notes, fmt.Sprintf("no probability keeps the error within %g on the held-out samples: the model abstains unless it is certain", f.o.AbstainError))
	}
	c.SetAbove = setLevels(held, f.labels, all, f.o.Confidence)
	h.sets(held, f.labels, f.o.Confidence, &cv)
	h.spoken(probability, right, f.o.AbstainError, &cv)
	c.CV = cv
	c.Units = map[string]string{}
	for l, u := range f.units {
		c.Units[l] = string(u)
	}
}

// digest identifies the training input: samples in their order, labels, groups
// and the options that change the model.
func (f *fitting) digest() string {
	h := sha256.New()
	for i, s := range f.samples {
		fmt.Fprintf(h, "%q %q %q %q\n", s.ID, f.card.Classes[f.labels[i]], f.groups[i], s.Layers)
		for _, d := range s.Dates {
			fmt.Fprintln(h, d.Unix())
		}
		for _, row := range s.Values {
			buf := make([]byte, 4*len(row))
			for j, v := range row {
				if v != v {
					v = nan32
				}
				binary.LittleEndian.PutUint32(buf[4*j:], math.Float32bits(v))
			}
			h.Write(buf)
		}
	}
	o := f.o
	fmt.Fprintf(h, "%q %v %v %d %d %v %v %d %d %d %d\n", o.Layers, o.Cutoff.Day, o.Cutoff.Date.Unix(), f.card.Schema.Axis.StepDays, o.Folds, o.AbstainError, o.Confidence, o.Seed, o.Copies, o.Trees, FormatVersion)
	return hex.EncodeToString(h.Sum(nil))
}
