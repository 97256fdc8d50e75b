package reconcile_test

import (
	"testing"

	"parus/fields/reconcile"
)

func TestProposals(t *testing.T) {
	t.Parallel()
	far := reconcile.Shift{EastM: 12, NorthM: -5, Gain: 3.5}
	for name, c := range map[string]struct {
		finding reconcile.Finding
		moved   bool
		want    []reconcile.Kind
	}{
		"a parcel in its place":                 {reconcile.Finding{ID: "a"}, false, nil},
		"one drawn elsewhere":                   {reconcile.Finding{ID: "a", Shift: far}, false, []reconcile.Kind{reconcile.ShiftParcel}},
		"one that fits hardly better elsewhere": {reconcile.Finding{ID: "a", Shift: reconcile.Shift{EastM: 12, Gain: 1}}, false, nil},
		"a village drawn elsewhere explains it": {reconcile.Finding{ID: "a", Shift: far}, true, []reconcile.Kind{reconcile.ShiftVillage}},
		"two fields":                            {reconcile.Finding{ID: "a", Split: reconcile.Split{Share: .4, Contrast: 6}}, false, []reconcile.Kind{reconcile.Divide}},
		"a margin that differs":                 {reconcile.Finding{ID: "a", Split: reconcile.Split{Share: .1, Contrast: 6}}, false, nil},
		"a join is told once, by the first":     {reconcile.Finding{ID: "a", Joined: []string{"b"}}, false, []reconcile.Kind{reconcile.Join}},
		"and not again by the other":            {reconcile.Finding{ID: "b", Joined: []string{"a"}}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := reconcile.Propose(c.finding, c.moved, far)
			if len(got) != len(c.want) {
				t.Fatalf("got %+v, want %v", got, c.want)
			}
			for i, p := range got {
				if p.Kind != c.want[i] {
					t.Errorf("got %+v, want %v", got, c.want)
				}
				if zh, en := p.Kind.Words(); zh == string(p.Kind) || en == string(p.Kind) {
					t.Errorf("%s has no words", p.Kind)
				}
			}
		})
	}
}

func TestAVillageIsMovedOnTheWordOfManyParcelsOnly(t *testing.T) {
	t.Parallel()
	far := reconcile.Shift{EastM: 10, Gain: 1}
	if !reconcile.Moved(far, 50) || reconcile.Moved(far, 5) || reconcile.Moved(reconcile.Shift{EastM: 1, Gain: 1}, 50) || reconcile.Moved(reconcile.Shift{EastM: 10, Gain: .1}, 50) {
		t.Error("a village moves by many parcels, far and clearly, or not at all")
	}
}
