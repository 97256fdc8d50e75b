package workers

import (
	"fmt"
	"maps"
	"slices"

	"parus/fields/crop"
)

// stageNotes say by which stages of the model a block was recognised, where not
// by the one of the whole season: a season that is still running is judged by
// the last stage that its scenes reach.
func stageNotes(m *crop.Model, posteriors []crop.Posterior) []string {
	cards := map[int]crop.Card{}
	for _, c := range m.Stages() {
		cards[c.Schema.Cutoff] = c
	}
	whole := m.Card()
	parcels := map[int]int{}
	for _, p := range posteriors {
		parcels[p.Stage]++
	}
	var notes []string
	for _, day := range slices.Sorted(maps.Keys(parcels)) {
		c, ok := cards[day]
		switch {
		case day == whole.Schema.Cutoff:
		case !ok:
			notes = append(notes, unjudged(posteriors, parcels[day]))
		default:
			notes = append(notes, fmt.Sprintf("crops as of day %d of the season: the model's stage of that day judged %d parcels, with a cross-validated accuracy of %.3f against %.3f at its end",
				day, parcels[day], c.CV.Accuracy, whole.CV.Accuracy))
		}
	}
	return notes
}

// unjudged tells how many parcels no stage of the model could judge, and why the
// first could not.
func unjudged(posteriors []crop.Posterior, n int) string {
	for _, p := range posteriors {
		if p.Stage == 0 {
			return fmt.Sprintf("no stage of the crop model could judge %d parcels: %s", n, p.Reason)
		}
	}
	return ""
}
