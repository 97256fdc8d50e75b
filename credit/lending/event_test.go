package lending_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"parus/credit/lending"
)

// chain is n links of county 370199, a second apart.
func chain(n int) []lending.Event {
	var h lending.Head
	out := make([]lending.Event, n)
	for i := range out {
		out[i], h = h.Chain(lending.Event{County: "370199", Application: int64(i), At: noon.Add(time.Duration(i) * time.Second), Actor: "li", Role: lending.Officer,
			Act: lending.ActApply, State: lending.Applied, AmountFen: 100, Body: fmt.Sprintf(`{"n":%d}`, i)})
	}
	return out
}

func reading(events []lending.Event) iter.Seq2[lending.Event, error] {
	return func(yield func(lending.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func TestAChainHolds(t *testing.T) {
	t.Parallel()
	whole := chain(9)
	h, err := lending.Verify("370199", reading(whole))
	if err != nil || h.Seq != 9 || string(h.Hash) != string(whole[8].Hash) {
		t.Errorf("head %+v, %v", h, err)
	}
	if h, err := lending.Verify("370199", reading(nil)); err != nil || h.Seq != 0 {
		t.Errorf("an empty chain: %+v, %v", h, err)
	}
	torn := errors.New("torn")
	_, err = lending.Verify("370199", func(yield func(lending.Event, error) bool) { yield(lending.Event{}, torn) })
	if !errors.Is(err, torn) {
		t.Errorf("a read that fails: %v", err)
	}
}

func TestTheFirstBrokenLinkIsNamed(t *testing.T) {
	t.Parallel()
	edit := func(f func(*lending.Event)) func([]lending.Event) []lending.Event {
		return func(c []lending.Event) []lending.Event { f(&c[3]); return c }
	}
	for name, tc := range map[string]struct {
		harm func([]lending.Event) []lending.Event
		seq  int64
		says string
	}{
		"amount":      {edit(func(e *lending.Event) { e.AmountFen++ }), 4, "edited"},
		"application": {edit(func(e *lending.Event) { e.Application++ }), 4, "edited"},
		"time":        {edit(func(e *lending.Event) { e.At = e.At.Add(time.Microsecond) }), 4, "edited"},
		"actor":       {edit(func(e *lending.Event) { e.Actor = "wu" }), 4, "edited"},
		"role":        {edit(func(e *lending.Event) { e.Role = lending.Approver }), 4, "edited"},
		"act":         {edit(func(e *lending.Event) { e.Act = lending.ActDraw }), 4, "edited"},
		"state":       {edit(func(e *lending.Event) { e.State = lending.Drawn }), 4, "edited"},
		"reason":      {edit(func(e *lending.Event) { e.Reason = "x" }), 4, "edited"},
		"body":        {edit(func(e *lending.Event) { e.Body += " " }), 4, "edited"},
		"hash":        {edit(func(e *lending.Event) { e.Hash[0]++ }), 4, "edited"},
		"a byte moved from one field to the next": {edit(func(e *lending.Event) { e.Actor, e.Role = "l", "i"+e.Role }), 4, "edited"},
		"county":       {edit(func(e *lending.Event) { e.County = "370198" }), 4, "county"},
		"missing":      {func(c []lending.Event) []lending.Event { return slices.Delete(c, 3, 4) }, 4, "missing"},
		"no beginning": {func(c []lending.Event) []lending.Event { return c[1:] }, 1, "missing"},
		"twice":        {func(c []lending.Event) []lending.Event { return slices.Insert(c, 4, c[3]) }, 5, "again"},
		"reordered":    {func(c []lending.Event) []lending.Event { c[3], c[4] = c[4], c[3]; return c }, 4, "missing"},
		"put in": {func(c []lending.Event) []lending.Event { // with a hash of its own, the rest moved on
			e, _ := lending.Head{Seq: 3, Hash: c[2].Hash}.Chain(c[3])
			e.Actor = "wu"
			e, _ = lending.Head{Seq: 3, Hash: c[2].Hash}.Chain(e)
			return slices.Insert(c[:3:3], 3, append([]lending.Event{e}, c[4:]...)...)
		}, 5, "does not follow"},
		"earlier": {func(c []lending.Event) []lending.Event {
			e := c[3]
			e.At = noon
			c[3], _ = lending.Head{Seq: 3, Hash: c[2].Hash}.Chain(e)
			return c
		}, 4, "earlier"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := lending.Verify("370199", reading(tc.harm(chain(9))))
			var broken *lending.BrokenError
			if !errors.As(err, &broken) || broken.Seq != tc.seq || !strings.Contains(broken.Problem, tc.says) {
				t.Errorf("got %v, want event %d: …%s…", err, tc.seq, tc.says)
			}
		})
	}
}

func TestAClockThatIsALittleBehindIsForgiven(t *testing.T) {
	t.Parallel()
	h := lending.Head{Seq: 1, At: noon}
	for _, tc := range []struct {
		now, want time.Time
		err       error
	}{
		{noon.Add(time.Hour), noon.Add(time.Hour), nil},
		{noon.Add(1500), noon.Add(1000), nil}, // microseconds are kept
		{noon.Add(-5 * time.Minute), noon, nil},
		{noon.Add(-5*time.Minute - time.Microsecond), time.Time{}, lending.ClockSkew},
	} {
		if got, err := h.Time(tc.now); !got.Equal(tc.want) || !errors.Is(err, tc.err) {
			t.Errorf("at %v: %v, %v; want %v, %v", tc.now, got, err, tc.want, tc.err)
		}
	}
	if got, err := (lending.Head{}).Time(noon.AddDate(-9, 0, 0)); err != nil || !got.Equal(noon.AddDate(-9, 0, 0)) {
		t.Errorf("the first event: %v, %v", got, err)
	}
}
