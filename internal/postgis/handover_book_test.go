package postgis_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/handover"
	"parus/internal/handover/sheet"
)

// granted is a branch with a line of 3,000 yuan that a household has taken.
func granted(t *testing.T) (*branch, int64) {
	t.Helper()
	b := newBranch(t, 2)
	id := b.apply(t, b.asking(0)).ID
	b.must(t, b.act(t, id, lending.ActAccept, 0))
	return b, id
}

func TestWhatTheBankSaysIsBookedOnceAndTheBookHolds(t *testing.T) {
	t.Parallel()
	b, id := granted(t)
	book := b.db.Handover().Book("bank", func() time.Time { return b.clock })
	booking := func(act lending.Act, fen credit.Fen, reference string) handover.Booking {
		return handover.Booking{Number: handover.Number{County: b.county, Application: id}, Act: act, AmountFen: fen, On: date(t, "2025-04-02"), Reference: reference}
	}
	draw := booking(lending.ActDraw, 300_000, "tx 1")
	var all sync.WaitGroup
	var mu sync.Mutex
	done, known := 0, 0
	for range 4 { // hooks come twice, and at once
		all.Go(func() {
			err := book.Move(t.Context(), draw)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case errors.Is(err, handover.ErrBooked):
				known++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if done != 1 || known != 3 {
		t.Errorf("booked %d times, known %d times", done, known)
	}
	b.must(t, book.Move(t.Context(), booking(lending.ActRepay, 100_000, "tx 2")))
	for name, m := range map[string]handover.Booking{
		"more than is owed":         booking(lending.ActRepay, 200_001, "tx 3"),
		"more than the line":        booking(lending.ActDraw, 1, "tx 4"),
		"another amount under tx 2": booking(lending.ActRepay, 100_001, "tx 2"),
		"tx 1 taken back": func() handover.Booking {
			m := draw
			m.Reversed = true
			return m
		}(),
		"another county's application": func() handover.Booking {
			m := booking(lending.ActRepay, 1, "tx 5")
			m.County = "419999"
			return m
		}(),
	} {
		if err := book.Move(t.Context(), m); err == nil || errors.Is(err, handover.ErrBooked) {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone := booking(lending.ActRepay, 5, "tx 6")
	gone.Reversed = true
	b.must(t, book.Move(t.Context(), gone)) // it came and went before we looked
	b.must(t, book.Move(t.Context(), booking(lending.ActRepay, 200_000, "tx 7")))
	card := b.card(t, id)
	if card.State != lending.Repaid {
		t.Errorf("%+v", card.State)
	}
	b.holds(t)
}

func TestTheLogOfRealApplicationsIsHandedOver(t *testing.T) {
	t.Parallel()
	b, id := granted(t)
	h := b.db.Handover()
	addTarget(t, h, handover.Target{Name: "bank", Acts: []lending.Act{lending.ActAccept, lending.ActWithdraw}}, false)
	b.must(t, b.act(t, id, lending.ActWithdraw, 0))
	targets, err := h.Targets(t.Context())
	b.must(t, err)
	enqueue(t, h, targets[0], 2)
	list := claim(t, h, "bank", "t", b.clock)
	if len(list) != 1 || list[0].Broken != nil || list[0].Event.Line == nil {
		t.Fatalf("%+v", list)
	}
	l := list[0].Event.Line
	if l.AmountFen != 300_000 || l.Perishable || l.Currency != "CNY" || len(l.Schedule) < 2 || list[0].Event.Household != b.household(0) {
		t.Errorf("%+v", l)
	}
	b.must(t, h.Settle(t.Context(), list[0], handover.Outcome{At: b.clock, Receipt: handover.Receipt{Remote: "loan 55"}}))
	if loans, err := h.OpenLoans(t.Context(), "bank"); err != nil || len(loans) != 0 {
		t.Errorf("%v: %v of an application that is withdrawn", err, loans)
	}
}

func TestApplicationsAndLinesAreExported(t *testing.T) {
	t.Parallel()
	b, _ := granted(t)
	h := b.db.Handover()
	for name, c := range map[string]struct {
		of   func() (int, error)
		want int
	}{
		"applications": {func() (int, error) {
			var out bytes.Buffer
			n, err := sheet.Write(&out, sheet.Layout{Format: sheet.CSV}, h.ApplicationRows(t.Context(), b.county, lentSeason))
			if !strings.Contains(out.String(), ",王**,已接受 accepted,3000.00,3000.00,") {
				t.Errorf("%s", out.String())
			}
			return n, err
		}, 1},
		"lines": {func() (int, error) {
			var out bytes.Buffer
			n, err := sheet.Write(&out, sheet.Layout{Format: sheet.CSV, Table: "schedule"}, h.LineRows(t.Context(), b.county, ""))
			if lines := strings.Count(out.String(), "\r\n"); lines < 2+2*2 {
				t.Errorf("%s", out.String())
			}
			return n, err
		}, 2},
		"nothing of another season": {func() (int, error) {
			return sheet.Write(new(bytes.Buffer), sheet.Layout{Format: sheet.XLSX}, h.ApplicationRows(t.Context(), b.county, "1999"))
		}, 0},
	} {
		if n, err := c.of(); err != nil || n != c.want {
			t.Errorf("%s: %v, %d rows, want %d", name, err, n, c.want)
		}
	}
}
