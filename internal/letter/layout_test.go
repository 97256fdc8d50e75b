package letter_test

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"parus/credit"
	"parus/internal/letter"
)

// rude is a name that tries to break a letter: direction marks, controls,
// markup, characters that no font has, and length.
const rude = "\u202e王\u0007<img src=x onerror=alert(1)>\u200b𠮷野\ufe0f😀 㛃 ) Tj ET \\( \r\n%PDF שלום é"

// hostile puts rude texts wherever a letter takes one.
func hostile(t testing.TB, long string) letter.Letter {
	l := sample(t, 20)
	l.Lender, l.County, l.Applicant, l.HouseholdID, l.Season, l.Application, l.Contact = long, long, long, long, long, long, long
	l.Because, l.Consent = letter.Words{ZH: long, EN: long}, letter.Consent{On: l.Date, Reference: long}
	l.Provenance = letter.Provenance{EngineVersion: long, ModelVersion: long, PolicyVersion: long, Digest: long}
	l.Bounds.Binding = long
	for i := range l.Parcels {
		l.Parcels[i].ID, l.Parcels[i].Name, l.Parcels[i].Crop = long, long, letter.Words{ZH: long, EN: long}
	}
	for i := range l.Reasons {
		l.Reasons[i] = credit.Reason{Code: credit.ReasonCode(long), EffectFen: 1e17, ZH: long, EN: long, LiftZH: long, LiftEN: long}
	}
	return l
}

func TestHostileTextIsPrintedAsText(t *testing.T) {
	t.Parallel()
	l := sample(t, 4)
	l.Applicant, l.Parcels[0].Name = rude, rude
	for _, lang := range []letter.Language{letter.Chinese, letter.English} {
		doc, notes := write(t, l, lang)
		if !slices.IsSorted(notes.Missing) || !slices.Contains(notes.Missing, '𠮷') || !slices.Contains(notes.Missing, '😀') || slices.Contains(notes.Missing, '㛃') {
			t.Errorf("missing %q", notes.Missing)
		}
		text := strings.Join(read(t, doc), "")
		for _, want := range []string{"<imgsrc=xonerror=alert(1)>", "[U+20BB7]野[U+1F600]㛃)TjET\\(%PDF", "[U+…]"} {
			if !strings.Contains(dense(text), want) {
				t.Errorf("%s: no %s in %s", lang, want, text)
			}
		}
		for _, r := range text {
			if r != '\n' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)) {
				t.Errorf("%s: U+%04X in the text", lang, r)
			}
		}
	}
}

func TestAnAbsentCharacterIsNotMentionedWhereNoneIs(t *testing.T) {
	t.Parallel()
	doc, notes := write(t, sample(t, 4), letter.Chinese)
	if text := dense(read(t, doc)...); strings.Contains(text, "[U+") || len(notes.Missing) > 0 {
		t.Errorf("%q: %s", notes.Missing, text)
	}
}

// word is where pdftotext finds a word, in points from the top left.
type word struct {
	XMin float64 `xml:"xMin,attr"`
	XMax float64 `xml:"xMax,attr"`
	YMin float64 `xml:"yMin,attr"`
	YMax float64 `xml:"yMax,attr"`
	Text string  `xml:",chardata"`
}

func TestNothingLeavesItsPage(t *testing.T) {
	t.Parallel()
	// The frame is 62 points from the sides; the font's box is higher than its
	// letters, so 40 above and 20 below must stay free.
	const left, right, top, bottom = 62 - 1, 595.28 - 62 + 1, 40, 841.89 - 20
	for name, l := range map[string]letter.Letter{
		"a usual letter":     sample(t, 4),
		"sixty parcels":      sample(t, 60),
		"rude texts":         hostile(t, rude),
		"one endless word":   hostile(t, strings.Repeat("W", 5000)),
		"an endless name":    hostile(t, strings.Repeat("很长的名字，", 900)),
		"closing marks only": hostile(t, strings.Repeat("，", 900)),
		"nothing given":      {HouseholdID: "H", Season: "S", Currency: "CNY", Date: date(t, "2025-01-01"), State: letter.Referred},
	} {
		for _, lang := range []letter.Language{letter.Chinese, letter.English} {
			t.Run(name+" in "+string(lang), func(t *testing.T) {
				t.Parallel()
				doc, _ := write(t, l, lang)
				words := 0
				for _, line := range regexp.MustCompile(`<word [^\n]*</word>`).FindAllString(poppler(t, doc, "pdftotext", "-bbox", "-", "-"), -1) {
					var w word
					if err := xml.Unmarshal([]byte(line), &w); err != nil {
						t.Fatal(err)
					}
					if words++; w.XMin < left || w.XMax > right || w.YMin < top || w.YMax > bottom {
						t.Fatalf("%+v leaves the frame", w)
					}
				}
				if words < 30 {
					t.Errorf("%d words", words)
				}
			})
		}
	}
}

func TestNoLineBeginsWithAClosingMarkNorEndsWithAnOpeningOne(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		l := sample(t, 2)
		l.Contact = strings.Repeat("县", n) + strings.Repeat("（支行，信贷部）；《办法》“第一条”。", 12)
		doc, _ := write(t, l, letter.Chinese)
		for _, page := range read(t, doc) {
			for line := range strings.Lines(page) {
				line = strings.TrimSpace(line)
				first, _ := utf8.DecodeRuneInString(line)
				last, _ := utf8.DecodeLastRuneInString(line)
				if strings.ContainsRune("，。；：）》”", first) || strings.ContainsRune("（《“", last) {
					t.Errorf("line %q", line)
				}
			}
		}
	}
}

func TestALongTableRepeatsItsHeadOnEachPage(t *testing.T) {
	t.Parallel()
	doc, _ := write(t, sample(t, 60), letter.Chinese)
	pages := read(t, doc)
	row := regexp.MustCompile(`(?m)^(\d+) 37019900100101(\d{5}) `)
	next, spread := 1, 0
	for i, page := range pages {
		rows := row.FindAllStringSubmatch(page, -1)
		if heads := strings.Count(page, "序号 地块 面积"); len(rows) > 0 && heads != 1 || len(rows) == 0 && heads != 0 {
			t.Errorf("page %d has %d rows and %d heads", i+1, len(rows), heads)
		}
		if len(rows) > 0 {
			spread++
		}
		for _, r := range rows {
			if n, _ := strconv.Atoi(r[1]); n != next || r[2] != fmt.Sprintf("%05d", next) {
				t.Errorf("page %d: row %s, want %d", i+1, r[0], next)
			}
			next++
		}
		if want := fmt.Sprintf("第 %d 页，共 %d 页", i+1, len(pages)); !strings.Contains(page, want) {
			t.Errorf("page %d does not say %s", i+1, want)
		}
	}
	if next != 61 || spread < 2 || len(pages) != 4 {
		t.Errorf("%d rows on %d of %d pages", next-1, spread, len(pages))
	}
}

func TestASignatureNeverStandsAlone(t *testing.T) {
	t.Parallel()
	for n := 1; n < 30; n += 3 {
		for lang, contact := range map[letter.Language]string{letter.Chinese: "联系方式", letter.English: "Contact"} {
			doc, _ := write(t, sample(t, n), lang)
			if pages := read(t, doc); !strings.Contains(pages[len(pages)-1], contact) {
				t.Errorf("%s, %d parcels: the last page is %s", lang, n, pages[len(pages)-1])
			}
		}
	}
}

func FuzzALetterTakesAnyText(f *testing.F) {
	f.Add(rude)
	f.Add("王**")
	f.Add("\xff\xfe\x00")
	p := press(f)
	f.Fuzz(func(t *testing.T, text string) {
		l := hostile(t, text)
		if text == "" {
			l.HouseholdID, l.Season = "H", "S"
		}
		l.Parcels = l.Parcels[:2]
		var b strings.Builder
		if _, err := p.Write(&b, l, letter.Chinese); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(b.String(), "%PDF-") || !strings.HasSuffix(strings.TrimSpace(b.String()), "%%EOF") {
			t.Errorf("%d bytes are no whole document", b.Len())
		}
	})
}
