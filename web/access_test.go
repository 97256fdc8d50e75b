package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"parus/credit"
	"parus/internal/governance"
	"parus/internal/publication"
)

// readable is a lender with one of all that can be read by id.
type readable struct {
	*lender
	application, backtest, rescore, dispute int64
	policy                                  string
}

func newReadable(t *testing.T) *readable {
	t.Helper()
	r := &readable{lender: newLender(t)}
	r.application = r.apply(t, r.as(t, publication.Officer, "teller", own.code), 0, nil).ID
	addDisputers(t, r.seeded)
	r.dispute = r.propose(t, signedIn(t, r.srv, "surveyor"), "crop").ID
	risk := r.as(t, publication.Risk, "fang", own.code)
	if status, body := risk.send(http.MethodPost, "/v1/policies", map[string]any{"document": draftDocument}); status != http.StatusOK {
		t.Fatalf("draft a policy: %d: %s", status, body)
	}
	card := read[governance.Card](risk, "/v1/policies/2026-1")
	_, err := r.db.SaveBacktest(t.Context(), governance.Move{Account: "fang", At: time.Now()}, governance.Backtest{Digest: card.Digest, County: own.code, Season: "s", Run: 1,
		EngineVersion: credit.EngineVersion, Households: 3, Report: []byte(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	card = read[governance.Card](risk, "/v1/policies/2026-1")
	r.policy, r.backtest = card.Digest, card.Backtests[0].ID
	status, body := risk.send(http.MethodPost, "/v1/rescores", map[string]string{"county": own.code, "season": seasonOf.Name})
	var order publication.Rescore
	if err := json.Unmarshal(body, &order); status != http.StatusOK || err != nil {
		t.Fatalf("ask for a plan: %d: %s, %v", status, body, err)
	}
	r.rescore = order.ID
	return r
}

func TestAnIDOfAnotherCountyIsNotFoundUnderTheOwnPublication(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "stranger", publication.Officer, foreign.code)
	b := signedIn(t, serve(t, s), "stranger")
	for _, path := range []string{"/parcels/" + s.first.id, "/households/" + s.first.household, "/parcels/%27%20or%201=1--", "/households/..%2F..%2Fetc"} {
		status, body := b.get(fmt.Sprintf("/v1/publications/%d%s", s.foreign, path))
		if status != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404: %s", path, status, body)
		}
	}
	hits := read[items[publication.Hit]](b, fmt.Sprintf("/v1/publications/%d/search?q=%s", s.foreign, s.first.id))
	if len(hits.Items) != 0 {
		t.Errorf("a search finds %d things of another county", len(hits.Items))
	}
}

func TestAPartnerSeesNoScores(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "partner", publication.Partner, own.code)
	b := signedIn(t, serve(t, s), "partner")
	base := fmt.Sprintf("/v1/publications/%d", s.own)
	if sum := read[publication.Summary](b, base+"/summary"); sum.Scores != nil || sum.Villages[0].LineFen != nil {
		t.Errorf("the summary holds scores: %+v", sum.Scores)
	}
	card := read[publication.ParcelCard](b, base+"/parcels/"+s.first.id)
	if h := card.Household; card.Decision != nil || h.LineFen != nil || h.PD != nil || h.APR != nil || h.DueDate != nil || h.Referred != nil || len(h.Reasons) != 0 {
		t.Errorf("the card holds scores: %+v", h)
	}
	for _, h := range read[items[publication.Household]](b, base+"/households?limit=5").Items {
		if h.LineFen != nil || h.PD != nil || len(h.Reasons) != 0 {
			t.Errorf("the list holds scores: %+v", h)
		}
	}
	for _, hit := range read[items[publication.Hit]](b, base+"/search?q="+s.first.household).Items {
		if hit.LineFen != nil {
			t.Errorf("a hit holds a line: %+v", hit)
		}
	}
	for _, q := range []string{"sort=line", "referred=true"} {
		if status, _ := b.get(base + "/households?" + q); status != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400: the order would tell the scores", q, status)
		}
	}
	for layer, features := range tileAt(t, b, s.own, s.first, 14) {
		for _, f := range features {
			if f["line"] != nil {
				t.Fatalf("layer %s holds a line: %v", layer, f)
			}
		}
	}
}
