package report_test

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"parus/internal/report"
)

// says fails unless the page holds each text.
func says(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
}

func square(lon, lat, side float64) orb.MultiPolygon {
	return orb.MultiPolygon{{{{lon, lat}, {lon + side, lat}, {lon + side, lat + side}, {lon, lat + side}, {lon, lat}}}}
}

// hamlet is small enough to count by hand: lines of 1,000, 3,000 and 8,000.50,
// one household without a line and one undecided.
func hamlet() report.Season {
	nan := math.NaN()
	return report.Season{
		County: "370199", Season: "2025", Currency: "CNY",
		CropNames: map[string]report.Words{"maize": {Zh: "玉米", En: "maize"}},
		Parcels: []report.Parcel{
			{ID: "p1", HouseholdID: "h1", AreaHa: 1, MatchP: .95, Crop: "maize", PCrop: .9, YieldP10KgPerHa: 6000, YieldP50KgPerHa: 7500, YieldP90KgPerHa: 9000, ValidObservations: 9, Shape: square(117, 36, .001)},
			{ID: "p2", HouseholdID: "h2", AreaHa: 3, MatchP: .4, Crop: "maize", PCrop: .8, YieldP10KgPerHa: 6000, YieldP50KgPerHa: 6000, YieldP90KgPerHa: 9000, ValidObservations: 9, Shape: square(117.002, 36, .001)},
			{ID: "p3", HouseholdID: "h3", AreaHa: 2, MatchP: 1, Crop: "spring_wheat", PCrop: .5, Abstained: true, Reason: "two crops alike", YieldP10KgPerHa: nan, YieldP50KgPerHa: nan, YieldP90KgPerHa: nan, ValidObservations: 9, Shape: square(117.004, 36, .001)},
			{ID: "p4", HouseholdID: "h4", AreaHa: nan, MatchP: nan, PCrop: nan, YieldP10KgPerHa: nan, YieldP50KgPerHa: nan, YieldP90KgPerHa: nan},
			{ID: "p5", HouseholdID: "h9", AreaHa: 1, MatchP: .95, Crop: "maize", PCrop: .9, YieldP10KgPerHa: 4500, YieldP50KgPerHa: 7500, YieldP90KgPerHa: 7500, ValidObservations: 9, Shape: square(0, 0, .001)},
		},
		Households: []report.Household{
			{ID: "h1", LineFen: 100_000, NeedFen: 400_000, CapacityFen: 300_000, ValueFen: 200_000, PolicyFen: 100_000, PD: .02, APR: .08},
			{ID: "h2", LineFen: 300_000, NeedFen: 300_000, CapacityFen: 300_000, ValueFen: 900_000, PolicyFen: 900_000, PD: .02, APR: .08},
			{ID: "h3", LineFen: 800_050, PD: .02, APR: .08},
			{ID: "h4", Referred: true, PD: nan, APR: nan},
			{ID: "h5", LineFen: 999_999_900, Undecided: true, Referred: true, PD: nan, APR: nan},
		},
	}
}

func TestTheTotalsOfAHamletCountedByHand(t *testing.T) {
	t.Parallel()
	got := string(page(t, hamlet()))
	says(t, got,
		"3 户获得额度，合计 12,000.50 元", // 1,000 + 3,000 + 8,000.50; the undecided one does not count
		"1 户无额度，1 户未能决定；其中转人工 2 户",
		"<dd>3,000<small>", // the median of three
		// maize: 1 + 3 + 1 = 5 ha = 75 mu; expected .9 + 2.4 + .9 = 4.2 ha = 63 mu;
		// the median of 7500, 6000, 7500 kg/ha is 500 kg/mu.
		`<td class="n">75.0</td><td class="n">5.00</td><td class="n">63.0</td><td class="n">4.20</td><td class="n">500</td>`,
		"spring wheat",
		"政策上限</span> <span class=\"en\" lang=\"en\">Policy", // h1: the least of 4, 3, 2 and 1 thousand
		"资金需求", // h2: need and capacity tie, need comes first
	)
}

func TestTheChartsOfAHamletSayTheirFigures(t *testing.T) {
	t.Parallel()
	got := string(page(t, hamlet()))
	says(t, got,
		// 1,000 to 8,000.50 in at most 14 steps of a round width: 1,000. (8,000.5 rounds to even.)
		"额度分布 lines: n = 3, min 1,000, median 3,000, max 8,000; 1,000–2,000: 1; 3,000–4,000: 1; 8,000–9,000: 1",
		// .95 belongs to the last step, as does the edge 1; .4 opens its step.
		"匹配概率分布 match probability: n = 4, min 0.40, median 0.95, max 1.00; 0.40–0.45: 1; 0.95–1.00: 3",
		// Medians of 6000, 6000, 4500 and of 9000, 9000, 7500 kg/ha over 15.
		"玉米 maize: n = 3, P10 400, P50 500, P90 600 kg/mu",
	)
}

func TestTheMapLeavesOutWhatItCannotPlaceAndSaysSo(t *testing.T) {
	t.Parallel()
	got := string(page(t, hamlet()))
	says(t, got, "逐块绘制 3 块", "另有 1 块没有图形。", "另有 1 块远离其余地块，未绘出。")
	// Three squares and two gaps of their width span five sides;
	// 5200 − 2·80 = 5040 units make 1008 a side.
	if !regexp.MustCompile(`fill="url\(#cA\)"[^>]*d="M80 \d+l1008 0 `).MatchString(got) {
		t.Error("p1 does not begin at the margin and reach 1008 units east")
	}
}

func TestParcelsThatNeedAttentionAreNamedWithTheirCauses(t *testing.T) {
	t.Parallel()
	got := string(page(t, hamlet()))
	_, got, _ = strings.Cut(got, `<h2 id="attention">`)
	got, _, _ = strings.Cut(got, "</section>")
	says(t, got, "3 parcels:", "no shape</span> <b>1</b>", "match probability below 0.5</span> <b>1</b>", "crop abstained</span> <b>1</b>", "two crops alike")
	if strings.Contains(got, "<code>p1</code>") {
		t.Error("p1 is sound and yet listed")
	}
	if strings.Index(got, "<code>p2</code>") > strings.Index(got, "<code>p3</code>") {
		t.Error("p2 is larger than p3 and must come first")
	}
}

func TestACurveShowsCloudsHollowAndBreaksAtGaps(t *testing.T) {
	t.Parallel()
	nan := float32(math.NaN())
	s := hamlet()
	s.Parcels[0].Dates = []time.Time{date(2025, 5, 1), date(2025, 5, 11), date(2025, 5, 21), date(2025, 5, 31), date(2025, 6, 10)}
	s.Parcels[0].NDVI = []float32{.2, .1, nan, .7, .8}
	s.Parcels[0].Valid = []float32{1, .3, 0, .5, 1}
	s.Parcels[0].Smooth = []float32{.2, .3, nan, .7, .75}
	got := string(page(t, s))
	says(t, got, "p1 玉米 maize: NDVI 2025-05-01 – 2025-06-10; 3 clear, 1 cloudy, 1 unseen dates; peak 0.75 on 2025-06-10",
		`class="unseen"`, `<title>2025-05-11 0.10 (30%)</title>`)
	smooth := regexp.MustCompile(`class="smooth" d="([^"]*)"`).FindStringSubmatch(got)
	if smooth == nil || strings.Count(smooth[1], "M") != 2 || strings.Count(smooth[1], "L") != 2 {
		t.Errorf("want two strokes of two points, got %q", smooth)
	}
	s.Parcels[0].Smooth = s.Parcels[0].Smooth[:2]
	if strings.Contains(string(page(t, s)), `class="smooth"`) {
		t.Error("a curve whose slices differ in length was drawn")
	}
}

func TestLongListsAreCutAndTheRestIsCounted(t *testing.T) {
	t.Parallel()
	var s report.Season
	for i := range 450 {
		s.Households = append(s.Households, report.Household{ID: fmt.Sprint("h", i), LineFen: int64(i+1) * 100_00})
		s.Inputs = append(s.Inputs, report.Input{Name: fmt.Sprint("scene", i)})
		s.Outcomes = append(s.Outcomes, report.Outcome{Item: fmt.Sprint("x", i), Stage: "scene", Outcome: "failed", Reason: "cut short"})
		s.Parcels = append(s.Parcels, report.Parcel{ID: fmt.Sprint("p", i)})
	}
	got := string(page(t, s))
	// The lowest 250 lines are 100, 200 … 25,000: 250·251/2·100 = 3,137,500.
	says(t, got, "其余 250 户合计 3,137,500。", "another 250 not shown", "Another 50 are not listed", "另有 350 块")
	if strings.Contains(got, "<code>h249</code>") || !strings.Contains(got, "<code>h250</code>") {
		t.Error("the table does not end with the 200th highest line")
	}
}

func TestManyParcelsBecomeCellsOfTheLargestClass(t *testing.T) {
	t.Parallel()
	var s report.Season
	// 12,001 parcels on one spot in two crops: maize is the larger by area, though not by number.
	for i := range 12_001 {
		p := report.Parcel{ID: fmt.Sprint(i), AreaHa: .1, Crop: "soybean", PCrop: 1, Shape: square(117, 36, .0001)}
		if i%3 == 0 {
			p.Crop, p.AreaHa = "maize", .3
		}
		s.Parcels = append(s.Parcels, p)
	}
	// Two parcels far east and south give the picture its size.
	s.Parcels = append(s.Parcels, report.Parcel{ID: "e", AreaHa: 1, Crop: "soybean", PCrop: 1, Shape: square(117.1, 36, .0001)},
		report.Parcel{ID: "s", AreaHa: 1, Crop: "soybean", PCrop: 1, Shape: square(117, 35.9, .0001)})
	got := string(page(t, s))
	says(t, got, "地块过多")
	cropMap := got[strings.Index(got, "作物图"):strings.Index(got, "额度图")]
	maize := regexp.MustCompile(`fill="url\(#cA\)" d="([^"]*)"`).FindStringSubmatch(cropMap)
	if maize == nil || strings.Count(maize[1], "M") != 1 {
		t.Errorf("want one run of maize, got %q", maize)
	}
	soybean := regexp.MustCompile(`fill="url\(#cB\)" d="([^"]*)"`).FindStringSubmatch(cropMap)
	if soybean == nil || strings.Count(soybean[1], "M") != 2 {
		t.Errorf("want two runs of soybean, got %q", soybean)
	}
}
