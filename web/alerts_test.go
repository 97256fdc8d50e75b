package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parus/internal/publication"
)

type alertList struct {
	Items                                []publication.Alert
	Open, Assigned, Acknowledged, Closed int
	NextCursor                           string `json:"next_cursor"`
}

func TestAnAlertIsMovedByOfficersOfItsCountyAlone(t *testing.T) {
	t.Parallel()
	s := seed(t)
	srv := serve(t, s)
	base := fmt.Sprintf("/v1/publications/%d/alerts", s.own)
	addAccount(t, s, "reader", publication.Auditor, own.code)
	list := read[alertList](signedIn(t, srv, "reader"), base)
	move := fmt.Sprintf("%s/%d/moves", base, list.Items[0].ID)
	take := map[string]any{"act": "assign"}
	if status, _ := newBrowser(t, srv).send(http.MethodPost, move, take); status != http.StatusUnauthorized {
		t.Errorf("nobody is answered %d", status)
	}
	for _, role := range publication.Roles() {
		for _, c := range []struct {
			county string
			want   int
		}{{own.code, http.StatusForbidden}, {foreign.code, http.StatusNotFound}} {
			name := string(role) + " of " + c.county
			addAccount(t, s, name, role, c.county)
			want := c.want
			switch {
			case role == publication.Officer && c.county == own.code:
				want = http.StatusOK
			case role == publication.Partner:
				want = http.StatusNotFound
			}
			status, body := signedIn(t, srv, name).send(http.MethodPost, move, take)
			if status != want || (want != http.StatusOK && !strings.Contains(string(body), `"next"`)) {
				t.Errorf("%s is answered %d, want %d: %s", name, status, want, body)
			}
		}
	}
	if l := read[alertList](signedIn(t, srv, "partner of "+own.code), base); l.Items == nil || len(l.Items)+l.Open+l.Assigned != 0 {
		t.Errorf("a partner sees %+v", l)
	}
	// The alert of the own county is not to be had under another's publication.
	if status, _ := signedIn(t, srv, "officer of "+foreign.code).get(fmt.Sprintf("/v1/publications/%d/alerts/%d", s.foreign, list.Items[0].ID)); status != http.StatusNotFound {
		t.Errorf("another county's alert answers %d", status)
	}
}

func TestAnAlertClosesOnceAndForAReason(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	b := signedIn(t, serve(t, s), "officer")
	base := fmt.Sprintf("/v1/publications/%d/alerts", s.own)
	one := fmt.Sprintf("%s/%d", base, read[alertList](b, base).Items[0].ID)
	for _, c := range []struct {
		name, act, reason string
		want              int
		code              string
	}{
		{"an act that nobody knows", "forget", "", http.StatusUnprocessableEntity, "bad_request"},
		{"closing without a reason", "close", "  ", http.StatusBadRequest, "bad_request"},
		{"closing for too long a reason", "close", strings.Repeat("灾", 501), http.StatusBadRequest, "bad_request"},
		{"acknowledging", "acknowledge", "", http.StatusOK, ""},
		{"acknowledging again", "acknowledge", "", http.StatusConflict, "alert_state"},
		{"closing", "close", "现场正常", http.StatusOK, ""},
		{"closing again", "close", "现场正常", http.StatusConflict, "alert_state"},
	} {
		status, body := b.send(http.MethodPost, one+"/moves", map[string]any{"act": c.act, "reason": c.reason})
		var p struct{ Code, Next string }
		if err := json.Unmarshal(body, &p); err != nil || status != c.want || p.Code != c.code || (p.Next == "") != (c.code == "") {
			t.Errorf("%s is answered %d, want %d: %s", c.name, status, c.want, body)
		}
	}
	card := read[publication.AlertCard](b, one)
	if card.State != publication.AlertClosed || len(card.History) != 3 || card.History[2].Reason != "现场正常" || card.History[2].Actor != "officer (officer)" {
		t.Errorf("%+v", card)
	}
	if l := read[alertList](b, base+"?state=closed"); len(l.Items) != 1 || l.Closed != 1 || l.Open != 11 {
		t.Errorf("closed: %+v", l)
	}
}

func TestTheListOfAlertsIsPaged(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	b := signedIn(t, serve(t, s), "officer")
	base := fmt.Sprintf("/v1/publications/%d/alerts", s.own)
	seen := map[int64]bool{}
	last := 1.0
	for next := ""; ; {
		l := read[alertList](b, base+"?limit=5&cursor="+next)
		for _, a := range l.Items {
			if seen[a.ID] || a.Strength > last {
				t.Errorf("alert %d of strength %g comes twice or after %g", a.ID, a.Strength, last)
			}
			seen[a.ID], last = true, a.Strength
		}
		if next = l.NextCursor; next == "" {
			break
		}
	}
	if len(seen) != 12 {
		t.Errorf("the pages hold %d alerts, want 12", len(seen))
	}
	if l := read[alertList](b, base+"?parcel="+s.struck.id); len(l.Items) != 1 || l.Items[0].ParcelID != s.struck.id {
		t.Errorf("of the parcel: %+v", l)
	}
	if status, _ := b.get(base + "?cursor=x"); status != http.StatusBadRequest {
		t.Errorf("a cursor of nowhere answers %d", status)
	}
}
