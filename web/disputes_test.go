package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

// addDisputers are who proposes and who decides in the journey about disputes.
func addDisputers(t *testing.T, s seeded) {
	t.Helper()
	addAccount(t, s, "surveyor", publication.Officer, own.code)
	addAccount(t, s, "reviewer", publication.Approver, own.code)
}

// wider is the first parcel's outline with a corner moved by metres to the east.
func (s seeded) wider(metres float64) publication.Outline {
	c := s.first.corners
	for i := range c {
		for k := range c[i] {
			c[i][k] = math.Round(c[i][k]*1e7) / 1e7 // as it was seeded
		}
	}
	c[1][0] += metres / 89200
	return publication.Outline{Type: "MultiPolygon", Coordinates: [][][][2]float64{{{c[0], c[1], c[2], c[3], c[0]}}}}
}

func (s seeded) proposing(kind string) map[string]any {
	body := map[string]any{"parcel_id": s.first.id, "kind": kind, "evidence": "现场丈量"}
	switch kind {
	case "boundary":
		body["shape"] = s.wider(6)
	case "crop":
		body["crop"] = "cotton"
	}
	return body
}

// propose opens a dispute of a kind on the first parcel.
func (s seeded) propose(t *testing.T, b *browser, kind string) publication.DisputeCard {
	t.Helper()
	status, body := b.send(http.MethodPost, fmt.Sprintf("/v1/publications/%d/disputes", s.own), s.proposing(kind))
	var card publication.DisputeCard
	if err := json.Unmarshal(body, &card); err != nil || status != http.StatusOK {
		t.Fatalf("propose %s: %d: %s", kind, status, body)
	}
	return card
}

func TestDisputesAreProposedAndDecidedByRoleAndCounty(t *testing.T) {
	t.Parallel()
	s := seed(t)
	srv := serve(t, s)
	addDisputers(t, s)
	moves := fmt.Sprintf("/v1/disputes/%d/moves", s.propose(t, signedIn(t, srv, "surveyor"), "boundary").ID)
	list := fmt.Sprintf("/v1/publications/%d/disputes", s.own)
	accept := map[string]any{"act": "accept", "reason": "照片与影像一致"}
	nobody := newBrowser(t, srv)
	for _, path := range []string{list, moves} {
		if status, _ := nobody.send(http.MethodPost, path, accept); status != http.StatusUnauthorized && status != http.StatusUnprocessableEntity {
			t.Errorf("%s answers nobody %d", path, status)
		}
	}
	for _, role := range publication.Roles() {
		for _, code := range []string{own.code, foreign.code} {
			name := string(role) + " of " + code
			addAccount(t, s, name, role, code)
			b := signedIn(t, srv, name)
			proposes, decides := http.StatusForbidden, http.StatusForbidden
			switch {
			case code == foreign.code:
				proposes, decides = http.StatusNotFound, http.StatusNotFound
			case role == publication.Officer, role == publication.Partner:
				proposes = http.StatusConflict // one of the kind is open
			case role == publication.Approver, role == publication.Admin:
				decides = http.StatusBadRequest // for want of a reason
			}
			if status, body := b.send(http.MethodPost, list, s.proposing("boundary")); status != proposes || !strings.Contains(string(body), `"next"`) {
				t.Errorf("%s proposes: %d, want %d: %s", name, status, proposes, body)
			}
			if status, body := b.send(http.MethodPost, moves, map[string]any{"act": "accept"}); status != decides || !strings.Contains(string(body), `"next"`) {
				t.Errorf("%s decides: %d, want %d: %s", name, status, decides, body)
			}
			seen := map[string]int{own.code: 1, foreign.code: 0}[code]
			if l := read[items[publication.Dispute]](b, "/v1/disputes"); l.Items == nil || len(l.Items) != seen {
				t.Errorf("%s sees %+v", name, l.Items)
			}
		}
	}
	if status, body := signedIn(t, srv, "reviewer").send(http.MethodPost, moves, accept); status != http.StatusOK || !strings.Contains(string(body), `"accepted"`) {
		t.Errorf("the approver's acceptance: %d: %s", status, body)
	}
}

func TestWhoProposesDoesNotDecideAndNobodyElseWithdraws(t *testing.T) {
	t.Parallel()
	s := seed(t)
	srv := serve(t, s)
	addDisputers(t, s)
	officer := signedIn(t, srv, "surveyor")
	one := fmt.Sprintf("/v1/disputes/%d", s.propose(t, officer, "crop").ID)
	// An officer who became an approver meanwhile is the same person.
	conn, err := pgx.Connect(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), `update account set role = 'approver' where name = 'surveyor'`); err != nil {
		t.Fatal(err)
	}
	reviewer := signedIn(t, srv, "reviewer")
	for _, c := range []struct {
		name        string
		by          *browser
		act, reason string
		want        int
		code        string
	}{
		{"an act that nobody knows", reviewer, "forget", "x", http.StatusUnprocessableEntity, "bad_request"},
		{"the author as approver", officer, "accept", "属实", http.StatusForbidden, "dispute_author"},
		{"another who withdraws", reviewer, "withdraw", "", http.StatusForbidden, "dispute_author"},
		{"a decision without a reason", reviewer, "reject", " ", http.StatusBadRequest, "dispute_text"},
		{"a telephone number", reviewer, "reject", "电 13800000000", http.StatusBadRequest, "dispute_personal"},
		{"a decision", reviewer, "reject", "影像显示为玉米", http.StatusOK, ""},
		{"another after it", reviewer, "accept", "属实", http.StatusConflict, "dispute_state"},
		{"withdrawing after it", officer, "withdraw", "", http.StatusConflict, "dispute_state"},
	} {
		status, body := c.by.send(http.MethodPost, one+"/moves", map[string]any{"act": c.act, "reason": c.reason})
		var p struct{ Code, Next string }
		if err := json.Unmarshal(body, &p); err != nil || status != c.want || p.Code != c.code || (p.Next == "") != (c.code == "") {
			t.Errorf("%s is answered %d, want %d: %s", c.name, status, c.want, body)
		}
	}
	card := read[publication.DisputeCard](reviewer, one)
	if card.State != publication.DisputeRejected || card.Reviewer != "reviewer" || len(card.History) != 2 || card.History[1].Reason != "影像显示为玉米" {
		t.Errorf("%+v", card)
	}
}

func TestAProposalThatCanNotBeIsAnsweredWithWhatToDo(t *testing.T) {
	t.Parallel()
	s := seed(t)
	srv := serve(t, s)
	addDisputers(t, s)
	b := signedIn(t, srv, "surveyor")
	crossed := s.wider(6)
	ring := crossed.Coordinates[0][0]
	ring[1], ring[2] = ring[2], ring[1]
	for _, c := range []struct {
		name string
		kind string
		edit map[string]any
		want int
		code string
	}{
		{"sides that cross", "boundary", map[string]any{"shape": crossed}, http.StatusUnprocessableEntity, "shape_invalid"},
		{"no polygon", "boundary", map[string]any{"shape": publication.Outline{Type: "MultiPolygon", Coordinates: [][][][2]float64{}}}, http.StatusUnprocessableEntity, "shape_invalid"},
		{"another kind of geometry", "boundary", map[string]any{"shape": map[string]any{"type": "Point", "coordinates": []float64{117, 36}}}, http.StatusUnprocessableEntity, "bad_request"},
		{"a corner 20 km away", "boundary", map[string]any{"shape": s.wider(2e4)}, http.StatusUnprocessableEntity, "shape_size"},
		{"the published outline", "boundary", map[string]any{"shape": s.wider(0)}, http.StatusUnprocessableEntity, "shape_same"},
		{"a boundary without one", "boundary", map[string]any{"shape": nil}, http.StatusBadRequest, "bad_request"},
		{"a crop with a shape", "crop", map[string]any{"shape": s.wider(6)}, http.StatusBadRequest, "bad_request"},
		{"a crop that the catalogue lacks", "crop", map[string]any{"crop": "unobtainium"}, http.StatusBadRequest, "bad_request"},
		{"no evidence", "not_mine", map[string]any{"evidence": " "}, http.StatusBadRequest, "dispute_text"},
		{"too much evidence", "not_mine", map[string]any{"evidence": strings.Repeat("证", 501)}, http.StatusBadRequest, "dispute_text"},
		{"an ID number", "not_mine", map[string]any{"evidence": "370199199001011237 的地"}, http.StatusBadRequest, "dispute_personal"},
		{"a parcel that is not there", "not_mine", map[string]any{"parcel_id": "none"}, http.StatusNotFound, "not_found"},
		{"the codes of a parcel and its household", "not_mine", map[string]any{"evidence": s.first.id + " " + s.first.household}, http.StatusOK, ""},
	} {
		body := s.proposing(c.kind)
		for k, v := range c.edit {
			if body[k] = v; v == nil {
				delete(body, k)
			}
		}
		status, answer := b.send(http.MethodPost, fmt.Sprintf("/v1/publications/%d/disputes", s.own), body)
		var p struct{ Code, Next string }
		if err := json.Unmarshal(answer, &p); err != nil || status != c.want || p.Code != c.code || (p.Next == "") != (c.code == "") {
			t.Errorf("%s is answered %d, want %d %s: %s", c.name, status, c.want, c.code, answer)
		}
	}
}

func TestTheListOfDisputesIsPagedAndFiltered(t *testing.T) {
	t.Parallel()
	s := seed(t)
	srv := serve(t, s)
	addDisputers(t, s)
	b := signedIn(t, srv, "surveyor")
	var ids []int64
	for _, kind := range []string{"boundary", "crop", "not_mine"} {
		ids = append(ids, s.propose(t, b, kind).ID)
	}
	if status, body := b.send(http.MethodPost, fmt.Sprintf("/v1/disputes/%d/moves", ids[1]), map[string]any{"act": "withdraw"}); status != http.StatusOK {
		t.Fatalf("withdraw: %d: %s", status, body)
	}
	var got []int64
	cursor := ""
	for {
		page := read[items[publication.Dispute]](b, "/v1/disputes?limit=1&cursor="+cursor)
		for _, d := range page.Items {
			got = append(got, d.ID)
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if len(got) != 3 || got[0] != ids[2] || got[2] != ids[0] {
		t.Errorf("pages hold %v, want %v backwards", got, ids)
	}
	for query, want := range map[string]int{
		"state=open": 2, "state=withdrawn": 1, "parcel=none": 0, "county=" + own.code: 3, "county=" + foreign.code: 0,
		fmt.Sprintf("publication=%d", s.own): 3, fmt.Sprintf("publication=%d", s.foreign): 0,
	} {
		if l := read[items[publication.Dispute]](b, "/v1/disputes?"+query); len(l.Items) != want {
			t.Errorf("%s: %d, want %d", query, len(l.Items), want)
		}
	}
	if status, _ := b.get("/v1/disputes?cursor=x"); status != http.StatusBadRequest {
		t.Errorf("a cursor of nothing is answered %d", status)
	}
}
