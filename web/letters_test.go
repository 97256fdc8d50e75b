package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"parus/internal/publication"
	"parus/web"
)

// letterOf downloads a letter and returns what a reader of the PDF has of it,
// without white space.
func letterOf(t *testing.T, b *browser, id int64, lang string) string {
	t.Helper()
	status, doc := b.get(fmt.Sprintf("/v1/applications/%d/letter.pdf?lang=%s", id, lang))
	if status != http.StatusOK || !bytes.HasPrefix(doc, []byte("%PDF-")) {
		t.Fatalf("letter %d in %s: status %d: %.200s", id, lang, status, doc)
	}
	cmd := exec.CommandContext(t.Context(), "pdftotext", "-raw", "-enc", "UTF-8", "-", "-")
	cmd.Stdin = bytes.NewReader(doc)
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("pdftotext, of Debian's poppler-utils (make setup-test): %v", err)
	}
	return strings.Join(strings.Fields(string(text)), "")
}

func TestLettersAreForWhoeverReadsTheApplication(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	officer := l.as(t, publication.Officer, "teller", own.code)
	path := fmt.Sprintf("/v1/applications/%d/letter.pdf", l.apply(t, officer, 0, nil).ID)
	for _, role := range publication.Roles() {
		want := http.StatusOK
		if role == publication.Partner {
			want = http.StatusNotFound
		}
		if status, body := l.as(t, role, string(role), own.code).get(path); status != want {
			t.Errorf("%s is answered %d, want %d: %.200s", role, status, want, body)
		}
		status, body := l.as(t, role, "foreign "+string(role), foreign.code).get(path)
		if status != http.StatusNotFound || bytes.Contains(body, []byte(own.name)) {
			t.Errorf("%s of another county is answered %d: %.200s", role, status, body)
		}
	}
	if status, _ := newBrowser(t, l.srv).get(path); status != http.StatusUnauthorized {
		t.Errorf("nobody is answered %d", status)
	}
	for name, c := range map[string]struct {
		path string
		want int
	}{
		"an application that is not there": {"/v1/applications/4711/letter.pdf", http.StatusNotFound},
		"a language without letters":       {path + "?lang=fr", http.StatusUnprocessableEntity},
	} {
		if status, body := officer.get(c.path); status != c.want || problemOf(t, body).Next == "" {
			t.Errorf("%s is answered %d, want %d: %s", name, status, c.want, body)
		}
	}
}

// Each state has its letter; what it says is what the card says.
func TestALetterSaysWhatBecameOfTheApplication(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	officer, approver := l.as(t, publication.Officer, "teller", own.code), l.as(t, publication.Approver, "second", own.code)
	move := func(b *browser, id int64, body map[string]any) {
		t.Helper()
		if status, out := b.send(http.MethodPost, fmt.Sprintf("/v1/applications/%d/moves", id), body); status != http.StatusOK {
			t.Fatalf("%v is answered %d: %s", body, status, out)
		}
	}
	unchecked := map[string]any{"identity": "unchecked"}
	offered, referred := l.apply(t, officer, 0, nil), l.apply(t, officer, 1, unchecked)
	less, rejected := l.apply(t, officer, 2, unchecked), l.apply(t, officer, 3, unchecked)
	stranger := l.apply(t, officer, 4, map[string]any{"identity": "differs"})
	counter := l.apply(t, officer, 5, map[string]any{"asked_fen": 4_000_000})
	move(approver, less.ID, map[string]any{"act": "approve", "amount_fen": 250_000})
	move(approver, rejected.ID, map[string]any{"act": "reject", "reason": "地块由他人耕种"})
	for _, c := range []struct {
		name   string
		of     publication.Answer
		zh, en []string
	}{
		{"what is offered", offered, []string{"¥3,000.00", "2025年6月2日", "按全额于2025年8月20日", "最旧为5天前"}, []string{"3,000.00"}},
		{"what waits for an approver", referred, []string{"身份尚未核实"}, []string{"nobodyhascheckedwhoapplies"}},
		{"less, by an approver", less, []string{"¥3,000.00", "¥2,500.00"}, []string{"3,000.00", "2,500.00"}},
		{"a rejection", rejected, []string{"地块由他人耕种"}, []string{"地块由他人耕种"}},
		{"somebody else's card", stranger, []string{"申请人与农户身份不符"}, []string{"whoappliesisnotofthehousehold"}},
		{"a counter-offer", counter, []string{"¥40,000.00"}, []string{"40,000.00"}},
	} {
		always := []string{fmt.Sprint(c.of.ID), c.of.HouseholdID, "青禾农村商业银行"}
		for lang, want := range map[string][]string{"zh": c.zh, "en": c.en} {
			text := letterOf(t, officer, c.of.ID, lang)
			for _, w := range append(always, want...) {
				if !strings.Contains(text, w) {
					t.Errorf("%s in %s says no %s:\n%s", c.name, lang, w, text)
				}
			}
		}
	}
	before := letterOf(t, officer, offered.ID, "zh")
	move(officer, offered.ID, map[string]any{"act": "accept"})
	move(officer, offered.ID, map[string]any{"act": "draw", "amount_fen": 100_000})
	if after := letterOf(t, officer, offered.ID, "zh"); after != before {
		t.Errorf("a payout changes the letter:\n%s\n%s", before, after)
	}
}

func TestAServerWithoutFontsRefusesLettersAlone(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	a := l.apply(t, l.as(t, publication.Officer, "teller", own.code), 0, nil)
	h, err := web.New(web.Config{}, l.db)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	b := signedIn(t, srv, "teller")
	path := fmt.Sprintf("/v1/applications/%d", a.ID)
	status, body := b.get(path + "/letter.pdf")
	if p := problemOf(t, body); status != http.StatusServiceUnavailable || p.Code != "no_fonts" || !strings.Contains(p.Next, "PARUS_LETTER_FONT") {
		t.Errorf("%d: %s", status, body)
	}
	if status, _ := b.get(path); status != http.StatusOK {
		t.Errorf("the card answers %d", status)
	}
	if _, err := web.NewLetterhead("", "", "/no/such/font.ttf"); err == nil {
		t.Error("a font that was named and is not there is no error")
	}
}
