package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"parus/internal/publication"
)

func TestPagesAddUpToTheWholeList(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	b := signedIn(t, serve(t, s), "officer")
	base := fmt.Sprintf("/v1/publications/%d/households", s.own)
	for _, sort := range []string{"id", "line"} {
		seen := map[string]bool{}
		last := publication.Household{}
		for cursor := ""; ; {
			page := read[items[publication.Household]](b, base+"?limit=37&sort="+sort+"&cursor="+url.QueryEscape(cursor))
			for _, h := range page.Items {
				if seen[h.ID] {
					t.Fatalf("sort %s: household %s comes twice", sort, h.ID)
				}
				if len(seen) > 0 && (sort == "id" && h.ID <= last.ID || sort == "line" && *h.LineFen > *last.LineFen) {
					t.Fatalf("sort %s: %s after %s", sort, h.ID, last.ID)
				}
				seen[h.ID], last = true, h
			}
			if cursor = page.NextCursor; cursor == "" {
				if len(seen) != page.Total || page.Total == 0 {
					t.Errorf("sort %s: %d households, total says %d", sort, len(seen), page.Total)
				}
				break
			}
		}
	}
	if status, _ := b.get(base + "?cursor=not-a-cursor"); status != http.StatusBadRequest {
		t.Errorf("a broken cursor answers %d, want 400", status)
	}
}

func TestFiltersNarrowTheList(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	b := signedIn(t, serve(t, s), "officer")
	base := fmt.Sprintf("/v1/publications/%d/households?limit=200", s.own)
	for _, h := range read[items[publication.Household]](b, base+"&referred=true").Items {
		if !*h.Referred {
			t.Errorf("household %s is not referred", h.ID)
		}
	}
	village := read[items[publication.Household]](b, base+"&village="+s.first.village)
	if want := strips * rowsOf / 3; village.Total < want {
		t.Errorf("village holds %d households, want at least %d", village.Total, want)
	}
	if none := read[items[publication.Household]](b, base+"&crop=tea"); none.Total != 0 || none.Items == nil {
		t.Errorf("tea grows with %d households; the list must be empty and not null", none.Total)
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	b := signedIn(t, serve(t, s), "officer")
	for _, c := range []struct {
		name, text, kind string
		least            int
	}{
		{"a whole parcel code", s.first.id, "parcel", 1},
		{"the start of a parcel code", s.first.id[:14], "parcel", 1},
		{"a whole household id", s.first.household, "household", 1},
		{"a surname", "王", "household", 1},
		{"a village code", s.first.village, "village", 1},
		{"a wildcard finds nothing", "%", "", 0},
		{"an underscore finds nothing", "_", "", 0},
		{"a quote finds nothing", "' or '1'='1", "", 0},
		{"a backslash finds nothing", `\`, "", 0},
	} {
		got := read[items[publication.Hit]](b, fmt.Sprintf("/v1/publications/%d/search?q=%s", s.own, url.QueryEscape(c.text)))
		n := 0
		for _, h := range got.Items {
			if h.Kind == c.kind {
				n++
			}
		}
		if n < c.least || (c.kind == "" && len(got.Items) != 0) || got.Items == nil {
			t.Errorf("%s: %d hits of kind %q of %d, want at least %d", c.name, n, c.kind, len(got.Items), c.least)
		}
	}
	if err := s.db.KeepShown(t.Context(), s.own); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]int{"柳河村": {0, 3}, "河": {0, 3}, "北洼": {4}, "王庄": {2}, "远山": nil, "%": nil} {
		var got, shown []string
		for _, h := range read[items[publication.Hit]](b, fmt.Sprintf("/v1/publications/%d/search?q=%s", s.own, url.QueryEscape(text))).Items {
			if h.Kind == "village" {
				got = append(got, h.ID+" "+h.Label)
			}
		}
		for _, v := range want {
			shown = append(shown, villageCode(own, v)+" "+villageNames[v])
		}
		if !slices.Equal(got, shown) {
			t.Errorf("%s finds the villages %v, want %v", text, got, shown)
		}
	}
	if status, _ := b.get(fmt.Sprintf("/v1/publications/%d/search?q=%s", s.own, strings.Repeat("9", 61))); status != http.StatusUnprocessableEntity {
		t.Errorf("61 characters answer %d, want 422", status)
	}
}
