package letter_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"parus/credit"
	"parus/fields/catalogue"
	"parus/internal/letter"
)

func date(t testing.TB, s string) credit.Date {
	t.Helper()
	d, err := credit.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// sample is a letter with the figures of a decision on n parcels. They are
// written down here, so that a change of the engine changes no letter.
func sample(t testing.TB, n int) letter.Letter {
	t.Helper()
	l := letter.Letter{
		Lender: "示例县农村商业银行", County: "示例县", Applicant: "王**", HouseholdID: "370199001001010001", Season: "2025-winter",
		Date: date(t, "2024-09-20"), Currency: "CNY", State: letter.Proposed, GrantedFen: 710_000, APR: .0866, DueDate: date(t, "2025-09-03"),
		// Actual days over 365 at 8.66 %: 7,100·91 = 153.29, ·90 = 151.61, ·92 = 154.98, ·30 = 50.54;
		// then 3,100·45 = 33.10.
		Schedule: []credit.Instalment{
			{Date: date(t, "2024-12-20"), InterestFen: 15_329},
			{Date: date(t, "2025-03-20"), InterestFen: 15_161},
			{Date: date(t, "2025-06-20"), InterestFen: 15_498},
			{Date: date(t, "2025-07-20"), PrincipalFen: 400_000, InterestFen: 5_054},
			{Date: date(t, "2025-09-03"), PrincipalFen: 310_000, InterestFen: 3_310},
		},
		Bounds: letter.Bounds{NeedFen: 1_024_000, CapacityFen: 714_258, ValueFen: 937_200, CapFen: 20_000_000, Binding: "capacity"},
		Reasons: []credit.Reason{
			{Code: credit.ReasonParcelMatch, EffectFen: 270_000, ZH: "部分地块与影像中的田块对应不确定", EN: "some parcels may not be the fields that imagery shows", LiftZH: "实地核对或在地图上确认地块边界", LiftEN: "confirm the parcels' boundaries on the map or on the spot"},
			{Code: credit.ReasonDebt, EffectFen: 90_000, ZH: "还款日前有其他债务到期", EN: "other debts fall due before the harvest is paid", LiftZH: "结清或展期现有债务", LiftEN: "settle or extend the existing debts"},
		},
		ImageryAgeDays: 15,
		Provenance:     letter.Provenance{EngineVersion: "2", ModelVersion: "crops-7 yields-3", PolicyVersion: "parus-default-1", Digest: "bff0a198da36" + strings.Repeat("0", 52)},
	}
	crops := []letter.Words{{ZH: "冬小麦", EN: "Winter wheat"}, {ZH: "苹果", EN: "Apple"}, {}}
	for i := range n {
		l.Parcels = append(l.Parcels, letter.Parcel{ID: fmt.Sprintf("37019900100101%05d", i+1), Mu: 5 + float64(i%4)/4, Crop: crops[i%3],
			CropP: []float64{.95, .8, .6, .9}[i%4], MatchP: []float64{.98, .8, .6, .4}[i%4], Left: []string{"", "", "", "match"}[i%4]})
	}
	return l
}

func TestTheLetterReadsAsItShould(t *testing.T) {
	t.Parallel()
	for _, lang := range []letter.Language{letter.Chinese, letter.English} {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			doc, _ := write(t, sample(t, 4), lang)
			pages := read(t, doc)
			if len(pages) != 2 {
				t.Errorf("%d pages", len(pages))
			}
			golden(t, "letter-"+string(lang)+".txt", strings.Join(pages, "----\n"))
		})
	}
}

func TestEveryAmountAndReasonIsInTheLetter(t *testing.T) {
	t.Parallel()
	// Sums by hand: interest 153.29+151.61+154.98+50.54+33.10 = 543.52; in all 7,643.52.
	amounts := []string{"¥7,100.00", "¥10,240.00", "¥7,142.58", "¥9,372.00", "¥200,000.00", "8.66%",
		"¥153.29", "¥151.61", "¥154.98", "¥4,000.00", "¥4,050.54", "¥3,133.10", "¥543.52", "¥7,643.52", "+¥2,700.00", "+¥900.00", "bff0a198da36"}
	for lang, words := range map[letter.Language][]string{
		letter.Chinese: {"人民币柒仟壹佰元整", "年化利率（单利）", "2025年9月3日", "2025年冬季", "348天", "实地核对或在地图上确认地块边界", "结清或展期现有债务", "冬小麦", "苹果（较可能）", "未识别", "不能确认，未计入",
			"共4块21.50亩（1.433公顷）", "偿还能力（决定额度）", "人工复核", "《个人信息保护法》第二十四条", "没有您为本次测算单独授权的记录", "由经办机构填写", "最旧为15天前", "王**"},
		letter.English: {"APR(simpleinterest)", "3September2025", "winter2025", "348days", "Confirmtheparcels'boundaries", "Settleorextendtheexistingdebts", "Winterwheat", "Apple(likely)", "notrecognised", "notconfirmed,leftout",
			"4inall21.50mu(1.433ha)", "Capacity(setstheline)", "reviewbyaperson", "article24", "noconsentofyours", "tobefilledinbythelender", "15daysold", "王**"},
	} {
		doc, notes := write(t, sample(t, 4), lang)
		text := dense(read(t, doc)...)
		for _, want := range append(slices.Clone(amounts), words...) {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %s in %s", lang, want, text)
			}
		}
		if len(notes.Missing) > 0 {
			t.Errorf("%s: missing %q", lang, notes.Missing)
		}
	}
}

func TestTheSameLetterHasTheSameBytesFromManyGoroutines(t *testing.T) {
	t.Parallel()
	p := press(t)
	l := sample(t, 4)
	first, _ := write(t, l, letter.Chinese)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			var b bytes.Buffer
			if _, err := p.Write(&b, l, letter.Chinese); err != nil || !bytes.Equal(b.Bytes(), first) {
				t.Errorf("%v; %d and %d bytes differ", err, b.Len(), len(first))
			}
		})
	}
	all.Wait()
	l.GrantedFen, l.Schedule[4].PrincipalFen = 720_000, 320_000
	if other, _ := write(t, l, letter.Chinese); bytes.Equal(other, first) {
		t.Error("another letter has the same bytes")
	}
}

func TestTheDocumentTellsItsTitleAndLanguageAndIsSmall(t *testing.T) {
	t.Parallel()
	for lang, want := range map[letter.Language][2]string{letter.Chinese: {"授信额度测算通知书 bff0a198da36", "/Lang (zh-CN)"}, letter.English: {"Notice of a computed credit line bff0a198da36", "/Lang (en)"}} {
		doc, _ := write(t, sample(t, 4), lang)
		info := poppler(t, doc, "pdfinfo", "-")
		if !strings.Contains(info, want[0]) || !strings.Contains(info, "(A4)") || !bytes.Contains(doc, []byte(want[1])) {
			t.Errorf("%s: %s", lang, info)
		}
		if len(doc) > 150_000 {
			t.Errorf("%s: %d bytes", lang, len(doc))
		}
		for row := range strings.Lines(poppler(t, doc, "pdffonts", "-")) {
			if f := strings.Fields(row); strings.HasPrefix(row, "utf8") && !slices.Equal(f[4:5], []string{"yes"}) {
				t.Errorf("%s: a font is not embedded: %s", lang, row)
			}
		}
	}
}

func TestALetterOfTheEngineSaysWhatItDecided(t *testing.T) {
	t.Parallel()
	c := credit.Case{HouseholdID: "H1", Season: "2025", Currency: "CNY", AsOf: date(t, "2025-03-01"), ModelVersion: "m1",
		Market: []credit.Market{{Code: "maize", PricePerKg: 2.3, LogPriceSD: .12, CashCostPerMu: 500, HarvestEnd: date(t, "2025-10-10")}}}
	for i, q := range []float64{.98, .97, .2} {
		c.Parcels = append(c.Parcels, credit.Parcel{ID: fmt.Sprint("p", i), GeometryMu: 8, ContractMu: float64(7 * i), CultivatedShare: 1, MatchP: q, Certified: true, ImageryAgeDays: 3 * i,
			Crops: []credit.CropChance{{Code: "maize", P: .96, MeanKgPerMu: 450, SDCounty: .11, SDModel: .12}}})
	}
	policy, err := credit.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	e, err := credit.NewEngine(policy)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := e.NewSnapshot(c)
	if err != nil {
		t.Fatal(err)
	}
	crops, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	l := letter.FromSnapshot(snap, letter.Particulars{Crops: crops, ParcelNames: map[string]string{"p1": "村东头"}})
	d := snap.Decision
	if l.State != letter.Proposed || l.GrantedFen != d.LineFen || l.AskedFen != 0 || l.ImageryAgeDays != 6 || l.Provenance.Digest != snap.Digest {
		t.Errorf("%+v", l)
	}
	// Areas: a contract of 0 is unknown, 7 is smaller than 8, 14 is larger.
	for i, want := range []letter.Parcel{{ID: "p0", Mu: 8}, {ID: "p1", Name: "村东头", Mu: 7}, {ID: "p2", Mu: 8, Left: "match"}} {
		want.Crop, want.CropP, want.MatchP = letter.Words{ZH: "玉米", EN: "Maize"}, .96, c.Parcels[i].MatchP
		if l.Parcels[i] != want {
			t.Errorf("parcel %+v, want %+v", l.Parcels[i], want)
		}
	}
	doc, _ := write(t, l, letter.Chinese)
	text := dense(read(t, doc)...)
	for _, want := range []string{"（贷款机构名称）", "尊敬的农户", "村东头（p1）", letter.Capitals(d.LineFen), "到期日"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}

	c.Parcels = c.Parcels[2:]
	if snap, err = e.NewSnapshot(c); err != nil {
		t.Fatal(err)
	}
	l = letter.FromSnapshot(snap, letter.Particulars{Crops: crops})
	doc, _ = write(t, l, letter.English)
	text = dense(read(t, doc)...)
	if l.State != letter.Referred || !strings.Contains(text, "noparcelcouldbeused") || strings.Contains(text, "Repaymentschedule") {
		t.Errorf("%s: %s", l.State, text)
	}
}

// BenchmarkLetter writes a letter of two pages; b.N over its time is letters a
// second and core.
func BenchmarkLetter(b *testing.B) {
	p := press(b)
	for _, lang := range []letter.Language{letter.Chinese, letter.English} {
		b.Run(string(lang), func(b *testing.B) {
			l := sample(b, 4)
			var w bytes.Buffer
			for b.Loop() {
				w.Reset()
				if _, err := p.Write(&w, l, lang); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(w.Len()), "bytes/letter")
		})
	}
}

func BenchmarkPress(b *testing.B) {
	for b.Loop() {
		if _, err := letter.NewPress(""); err != nil {
			b.Skip(err)
		}
	}
}
