package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"parus/internal/report"
)

// hostile puts one text into every string that a season has.
func hostile(evil string) report.Season {
	words := report.Words{Zh: evil, En: evil + "en"}
	s := county(12, 5)
	s.County, s.CountyName, s.Season, s.Currency, s.Model, s.Policy = evil, evil, evil, evil, evil, evil
	s.CropNames = map[string]report.Words{evil: words}
	for i := range s.Parcels {
		p := &s.Parcels[i]
		p.ID, p.HouseholdID, p.Village, p.Crop, p.Reason = p.ID+evil, evil, evil, evil, evil
		p.Abstained = i%2 == 0
	}
	s.Households = append(s.Households[:2], report.Household{ID: evil, DisplayName: evil, LineFen: 100, Reasons: []report.Reason{{Code: evil, LiftZh: evil, LiftEn: evil + "x"}}})
	for _, outcome := range []string{"failed", "skipped", "done", evil} {
		s.Outcomes = append(s.Outcomes, report.Outcome{Item: evil, Stage: evil, Outcome: outcome, Reason: evil})
	}
	s.Inputs = append(s.Inputs, report.Input{Name: evil, Kind: evil, Digest: evil})
	return s
}

// allowed lists every element of the report; no value may add another.
func allowed(tag string) bool {
	const tags = " html head meta title style body svg defs pattern rect g path circle text tspan header main section h1 h2 p b a ul li dl dt dd div small span table caption thead tbody tfoot tr th td figure figcaption fieldset legend label input code br "
	return strings.Contains(tags, " "+tag+" ")
}

func checkPage(t *testing.T, page []byte) {
	t.Helper()
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				t.Fatal(z.Err())
			}
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			if !allowed(token.Data) {
				t.Fatalf("the page has an element <%s>", token.Data)
			}
			for _, a := range token.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "style" || strings.Contains(a.Key, "<") {
					t.Fatalf("<%s> has an attribute %s", token.Data, a.Key)
				}
				if a.Key == "href" && !strings.Contains(" parcels.gpkg parcels.csv lines.csv outcomes.csv ", " "+a.Val+" ") {
					t.Fatalf("<%s> links to %s", token.Data, a.Val)
				}
			}
		case html.CommentToken:
			t.Fatalf("the page has a comment %q", z.Token().Data)
		default: // text, ends and the doctype add no element
		}
	}
}

// pictures checks that every inline picture is well-formed XML, which is
// stricter than what browsers forgive.
func pictures(t *testing.T, page string) int {
	t.Helper()
	n := 0
	for {
		i := strings.Index(page, "<svg")
		if i < 0 {
			return n
		}
		end := strings.Index(page[i:], "</svg>")
		if end < 0 {
			t.Fatal("a picture has no end")
		}
		d := xml.NewDecoder(strings.NewReader(page[i : i+end+6]))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("picture %d: %v", n, err)
			}
		}
		page, n = page[i+end+6:], n+1
	}
}

func TestNoValueBecomesMarkup(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{
		`<img src=x onerror=alert(1)>`, `"><script>alert(1)</script>`, `' onload='alert(1)`, `</style><script>1</script>`, `</title></svg><b onclick=1>`,
		`<!-- `, `]]>`, `javascript:alert(1)`, `&lt;i&gt;`, `{{.County}}`, "a\x00b", "\xff\xfe", "</tspan></text>", "url(#x)\" onload=\"1",
	} {
		t.Run(evil, func(t *testing.T) {
			t.Parallel()
			got := page(t, hostile(evil))
			checkPage(t, got)
			if n := pictures(t, string(got)); n < 8 {
				t.Fatalf("only %d pictures: the village should have maps, charts and swatches", n)
			}
			if bytes.Contains(got, []byte("<img")) || bytes.Contains(got, []byte("<script")) {
				t.Fatal("a value came through as markup")
			}
		})
	}
}

func TestTheCheckOfThePageCanFail(t *testing.T) {
	t.Parallel()
	if allowed("script") || allowed("img") || !allowed("tspan") {
		t.Fatal("the list of elements is wrong")
	}
}

func FuzzNoValueBecomesMarkup(f *testing.F) {
	f.Add(`<img onerror>`)
	f.Add(`"'><svg/onload=1>`)
	f.Add("王\u2028**")
	f.Fuzz(func(t *testing.T, evil string) {
		checkPage(t, page(t, hostile(evil)))
	})
}

func TestALargeCountyStaysSmallAndQuick(t *testing.T) {
	t.Parallel()
	s := county(50_000, 1)
	start := time.Now()
	got := page(t, s)
	// The whole takes under a second alone; the bound leaves room for the race
	// detector on a busy machine and still fails on anything quadratic.
	if took := time.Since(start); took > 60*time.Second {
		t.Errorf("50,000 parcels took %s", took)
	}
	if len(got) > 1_500_000 {
		t.Errorf("50,000 parcels gave %d bytes, want under 1.5 MB", len(got))
	}
	checkPage(t, got)
}

func TestWhereOutlinesEndAndCellsBeginTheFileStaysSmall(t *testing.T) {
	t.Parallel()
	if got := page(t, county(12_000, 1)); len(got) > 2_000_000 {
		t.Errorf("12,000 parcels gave %d bytes, want under 2 MB", len(got))
	}
}

func BenchmarkWriteHTML(b *testing.B) {
	s := county(8_000, 1)
	b.ReportAllocs()
	for b.Loop() {
		if err := report.WriteHTML(io.Discard, s); err != nil {
			b.Fatal(err)
		}
	}
}
