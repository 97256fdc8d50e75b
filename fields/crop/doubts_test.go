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

func TestAreasOfASmallMap(t *testing.T) {
	t.Parallel()
	// Mapped 80 ha maize and 20 ha rice. Of 10 parcels checked in the maize, 9 are
	// maize and 1 rice; of 5 in the rice, 4 are rice and 1 maize.
	var truth, mapped []string
	add := func(n int, t, m string) {
		for range n {
			truth, mapped = append(truth, t), append(mapped, m)
		}
	}
	add(9, "maize", "maize")
	add(1, "rice", "maize")
	add(4, "rice", "rice")
	add(1, "maize", "rice")
	a, err := crop.Areas(crop.NewConfusion(truth, mapped), map[string]float64{"maize": 80, "rice": 20})
	if err != nil {
		t.Fatal(err)
	}
	// Maize: 80·.9 + 20·.2 = 76 ha. Its variance: .8²·.9·.1/9 + .2²·.2·.8/4 = .0064 + .0016 = .008,
	// whose root, .0894427, of 100 ha is 8.94427. The same for rice by symmetry.
	if !near(a[0].Ha, 76) || !near(a[1].Ha, 24) || !near(a[0].SE, 8.94427) || !near(a[1].SE, 8.94427) || a[0].MappedHa != 80 {
		t.Errorf("%+v", a)
	}
	for name, ha := range map[string]map[string]float64{
		"a class that was never checked": {"maize": 80, "rice": 20, "cotton": 5},
		"a negative area":                {"maize": -80, "rice": 20},
		"no area":                        {},
	} {
		if _, err := crop.Areas(crop.NewConfusion(truth, mapped), ha); err == nil {
			t.Errorf("%s gave no error", name)
		}
	}
}
