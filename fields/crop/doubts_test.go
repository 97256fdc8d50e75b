package crop_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"parus/fields/crop"
)

func TestWrongDeclarationsAreFound(t *testing.T) {
	t.Parallel()
	samples, labels := county(20, 2021, 31)
	wrong := map[string]string{}
	for i := 0; i < len(labels); i += 11 { // 8 of 80, spread over the crops
		wrong[samples[i].ID] = labels[i]
		labels[i] = map[string]string{"maize": "rapeseed", "rapeseed": "winter_wheat", "winter_wheat": "grassland", "grassland": "maize"}[labels[i]]
	}
	m, err := crop.Fit(context.Background(), samples, labels, crop.FitOptions{Trees: 40, DropDoubts: true})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, d := range m.Doubts() {
		if wrong[d.ID] == d.Suggested {
			found++
		}
	}
	if found < 7 || len(m.Doubts()) > 12 {
		t.Errorf("%d of %d wrong labels found among %d doubts", found, len(wrong), len(m.Doubts()))
	}
	if c := m.Card(); c.Samples != 80-len(m.Doubts()) || c.CV.Accuracy < .95 || !strings.Contains(strings.Join(c.Notes, "\n"), "in doubt") {
		t.Errorf("%d samples, accuracy %.3f, notes %v", c.Samples, c.CV.Accuracy, c.Notes)
	}
	var out bytes.Buffer
	if err := crop.WriteDoubts(&out, m.Doubts()[:1]); err != nil || !strings.HasPrefix(out.String(), "sample_id,label,suggested,p_label,p_suggested\n"+m.Doubts()[0].ID+",") {
		t.Errorf("%v %s", err, out.String())
	}
}
