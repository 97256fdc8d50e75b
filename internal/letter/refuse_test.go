package letter_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parus/credit"
	"parus/credit/rule"
	"parus/internal/letter"
)

func TestALetterWhoseFiguresDisagreeIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*letter.Letter)
		want  string
	}{
		"a schedule that repays another amount": {func(l *letter.Letter) { l.GrantedFen++ }, "repays 7100.00 of 7100.01"},
		"no schedule":                           {func(l *letter.Letter) { l.Schedule = nil }, "repays 0.00 of 7100.00"},
		"no rate":                               {func(l *letter.Letter) { l.APR = 0 }, "yearly rate"},
		"a rate that is no number":              {func(l *letter.Letter) { l.APR = math.NaN() }, "yearly rate"},
		"a rate in percent":                     {func(l *letter.Letter) { l.APR = 8.66 }, "yearly rate"},
		"no due date":                           {func(l *letter.Letter) { l.DueDate = credit.Date{} }, "due date"},
		"no household":                          {func(l *letter.Letter) { l.HouseholdID = "" }, "must be given"},
		"no date":                               {func(l *letter.Letter) { l.Date = credit.Date{} }, "must be given"},
		"no state":                              {func(l *letter.Letter) { l.State = "" }, "state"},
		"a negative amount":                     {func(l *letter.Letter) { l.AskedFen = -1 }, "not negative"},
		"a thousand parcels and one":            {func(l *letter.Letter) { l.Parcels = make([]letter.Parcel, 1001) }, "1001 parcels"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := sample(t, 2)
			c.spoil(&l)
			var b bytes.Buffer
			if _, err := press(t).Write(&b, l, letter.Chinese); err == nil || !strings.Contains(err.Error(), c.want) || b.Len() > 0 {
				t.Errorf("%v; %d bytes", err, b.Len())
			}
		})
	}
	if _, err := press(t).Write(&bytes.Buffer{}, sample(t, 1), "fr"); err == nil {
		t.Error("a letter in a language that there is none in")
	}
	if _, err := letter.ParseLanguage("fr"); err == nil {
		t.Error("fr is taken for a language")
	}
}

func TestEachStateHasItsOwnLetter(t *testing.T) {
	t.Parallel()
	const schedule, noPromise = "还款计划", "不构成放款承诺"
	for state, c := range map[letter.State]struct{ has, lacks []string }{
		letter.Proposed:     {[]string{"授信额度测算通知书", "测算额度", schedule, noPromise}, []string{"申请金额"}},
		letter.Approved:     {[]string{"授信决定通知书", "结果批准", "授信额度¥7,100.00", "申请金额¥10,000.00（人民币壹万元整）", schedule}, []string{noPromise}},
		letter.CounterOffer: {[]string{"可提供额度¥7,100.00", "待您接受", "申请金额¥10,000.00", schedule}, []string{noPromise}},
		letter.Referred:     {[]string{"授信转人工审核通知书", "自动测算额度", "说明：额度太低。", "改善办法"}, []string{schedule, "年化利率"}},
		letter.Rejected:     {[]string{"授信申请结果通知书", "未批准", "授信额度¥0.00（人民币零元整）", "说明：额度太低"}, []string{schedule, "年化利率", "授信额度¥7"}},
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			l := sample(t, 2)
			l.State, l.Application = state, "370199-000017"
			if state != letter.Proposed {
				l.AskedFen = 1_000_000
			}
			if state == letter.Referred || state == letter.Rejected {
				l.Because = letter.Words{ZH: "额度太低", EN: "too low"}
			}
			l.Consent = letter.Consent{On: date(t, "2024-08-01"), Reference: "SQ-3"}
			doc, _ := write(t, l, letter.Chinese)
			text := dense(read(t, doc)...)
			for _, want := range append(c.has, "编号：370199-000017", "您已于2024年8月1日授权", "（编号SQ-3）", "bff0a198da36") {
				if !strings.Contains(text, want) {
					t.Errorf("no %s in %s", want, text)
				}
			}
			for _, not := range c.lacks {
				if strings.Contains(text, not) {
					t.Errorf("%s in %s", not, text)
				}
			}
		})
	}
}

func TestWhatSetTheLineIsSaidInWords(t *testing.T) {
	t.Parallel()
	for binding, want := range map[string]string{
		"need": "资金需求（决定额度）", "capacity": "偿还能力（决定额度）", "value": "收成价值（决定额度）", "asked": "申请金额（决定额度）",
		"product_cap": "额度上限（决定额度）产品的额度上限", "first_season_cap": "首个贷款季的额度上限", "household_cap": "单户额度上限",
		"rule smallholder": "政策规则smallholder", "household": "该农户的剩余额度", "village 370199001001": "村370199001001的剩余额度", "county 370199": "县370199的剩余额度",
		"crop maize": "作物maize的剩余额度", "of the house": "ofthehouse的剩余额度",
	} {
		l := sample(t, 1)
		l.State, l.AskedFen, l.Bounds.Binding = letter.Approved, 710_000, binding
		doc, _ := write(t, l, letter.Chinese)
		if text := dense(read(t, doc)...); !strings.Contains(text, want) || strings.Count(text, "（决定额度）") != 1 {
			t.Errorf("%s: no %s in %s", binding, want, text)
		}
	}
}

func TestARuleThatRejectsIsTheReasonGiven(t *testing.T) {
	t.Parallel()
	snap := credit.Snapshot{Decision: credit.Decision{HouseholdID: "H1", Season: "2025", Currency: "CNY", AsOf: date(t, "2025-03-01"), Rejected: true, Rules: []rule.Hit{
		{Name: "small", Then: rule.Refer, ZH: "地块太小", EN: "little land"},
		{Name: "broken", Then: rule.Reject, ZH: "算不出", EN: "no figure", Problem: "division by zero"},
		{Name: "flood", Then: rule.Reject, ZH: "地块位于行洪区", EN: "the land lies in a floodway"},
	}}}
	l := letter.FromSnapshot(snap, letter.Particulars{})
	if l.State != letter.Rejected || l.Because.EN != "the land lies in a floodway" {
		t.Errorf("%s: %v", l.State, l.Because)
	}
	doc, _ := write(t, l, letter.Chinese)
	text := dense(read(t, doc)...)
	for _, want := range []string{"授信测算结果通知书", "尚未申请", "说明：地块位于行洪区。"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if strings.Contains(text, "未能批准您的申请") || strings.Contains(text, "还款计划") {
		t.Error(text)
	}
}

func TestAnotherCurrencyHasNoCapitalsOfYuan(t *testing.T) {
	t.Parallel()
	l := sample(t, 1)
	l.Currency = "USD"
	doc, _ := write(t, l, letter.Chinese)
	if text := dense(read(t, doc)...); !strings.Contains(text, "USD7,100.00") || strings.Contains(text, "人民币") || strings.Contains(text, "¥") {
		t.Error(text)
	}
}

func TestReasonsThatOnlyLiftTogetherSaySo(t *testing.T) {
	t.Parallel()
	l := sample(t, 1)
	for i := range l.Reasons {
		l.Reasons[i].Together = true
	}
	doc, _ := write(t, l, letter.Chinese)
	if text := dense(read(t, doc)...); !strings.Contains(text, "须一并解决") || strings.Contains(text, "不能简单相加") {
		t.Error(text)
	}
}

func TestAFontThatWillNotDoIsNamedWithTheWayOut(t *testing.T) {
	t.Parallel()
	fonts, err := letter.FindFonts("")
	if err != nil {
		t.Skipf("no fonts here: %v", err)
	}
	whole, err := os.ReadFile(fonts[0])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	restricted := slices.Clone(whole)
	for at := 12; ; at += 16 { // the OS/2 record of the table directory; fsType is 8 bytes in
		if string(restricted[at:at+4]) == "OS/2" {
			from := int(restricted[at+8])<<24 | int(restricted[at+9])<<16 | int(restricted[at+10])<<8 | int(restricted[at+11])
			restricted[from+8], restricted[from+9] = 0, 2
			break
		}
	}
	for name, c := range map[string]struct{ list, want string }{
		"a file that is not there":  {filepath.Join(dir, "none.ttf"), "PARUS_LETTER_FONT"},
		"no font":                   {file("text.ttf", []byte("hello")), "no TrueType"},
		"an empty file":             {file("empty.ttf", nil), "no TrueType"},
		"CFF outlines":              {file("cff.otf", []byte("OTTO\x00\x01")), "CFF"},
		"a collection":              {file("all.ttc", []byte("ttcf\x00\x01")), ".ttc"},
		"a font cut short":          {file("short.ttf", whole[:len(whole)/2]), "short.ttf"},
		"a font without any table":  {file("bare.ttf", []byte("\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")), "bare.ttf"},
		"a font under lock":         {file("restricted.ttf", restricted), "licence"},
		"a font of Latin alone":     {fonts[0], "fonts-droid-fallback"},
		"a font of Chinese alone":   {fonts[1], "fonts-open-sans"},
		"a folder instead of fonts": {dir, dir},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := letter.NewPress(c.list)
			var bad *letter.FontError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) || p != nil {
				t.Errorf("%v, want a word of %s", err, c.want)
			}
		})
	}
	p, err := letter.NewPress(strings.Join(fonts, string(filepath.ListSeparator)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := p.Write(&b, sample(t, 4), letter.Chinese); err != nil {
		t.Fatal(err)
	}
	if found, _ := write(t, sample(t, 4), letter.Chinese); !bytes.Equal(b.Bytes(), found) {
		t.Error("the same fonts by name give another letter")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAFullDiskIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := press(t).Write(full{}, sample(t, 1), letter.Chinese); err == nil || !strings.Contains(err.Error(), "no space left") || !strings.Contains(err.Error(), "370199001001010001") {
		t.Error(err)
	}
	if err := letter.Write(full{}, sample(t, 1), letter.English); err == nil {
		t.Error("the fonts of the system write on a full disk")
	}
}
