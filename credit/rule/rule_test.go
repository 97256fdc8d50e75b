package rule_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"sync"
	"testing"

	"parus/credit/rule"
)

// farm is the household that the rules below are evaluated on: a line of 7,000
// on 20 mu, of which 5 bear rice, with debts of 4,000.
func farm() rule.Facts {
	return rule.Facts{
		Line: 7000, Need: 10_240, Capacity: 7007, Value: 9372, Limit: 50_000, Binding: "capacity", PD: 0.05, APR: 0.12, Revenue: 20_800,
		Parcels: 4, ParcelsUsed: 3, AreaMu: 20, CertifiedShare: 0.75, Crops: map[string]float64{"winter_wheat": 0.75, "rice": 0.25},
		LargestCrop: "winter_wheat", LargestCropShare: 0.75, MinMatch: 0.7, MinCropP: 0.8, ImageryAgeDays: 12,
		Debts: 4000, Subsidy: 1500, FirstSeason: true, Season: "2025-winter-wheat", County: "370199", DaysToDue: 200,
	}
}

func of(when string, then rule.Effect, amount string) rule.Rule {
	return rule.Rule{Name: "r", When: when, Then: then, Amount: amount, ZH: "规则", EN: "a rule"}
}

func compile(t *testing.T, rules ...rule.Rule) rule.Set {
	t.Helper()
	s, err := rule.Compile(rules)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConditionsHoldAsOneReadsThem(t *testing.T) {
	t.Parallel()
	for when, want := range map[string]bool{
		"line > 5000":                  true, // 7000
		"line > 7000":                  false,
		"debts > 0.5 * line":           true, // 4000 > 3500
		"debts / line > 0.6":           false,
		"parcels - parcels_used == 1":  true, // 4 − 3
		"first_season && pd >= 0.05":   true,
		"!first_season || referred":    false,
		"county.startsWith('3701')":    true,
		"county in ['370199', '3702']": true,
		"largest_crop == 'winter_wheat' && largest_crop_share > 0.7": true,
		"crops.share('rice') == 0.25":                                true,
		"crops.share('maize') > 0.0":                                 false,
		"'maize' in crops":                                           false,
		"crops.exists(c, c != 'rice' && crops[c] > 0.7)":             true,
		"double(parcels) * 5.0 == area_mu":                           true,
		"math.least(need, value) == value":                           true,
		"binding == 'capacity' ? days_to_due > 180 : false":          true,
		"season.matches('^2025-')":                                   true,
	} {
		out, err := compile(t, of(when, rule.Note, "")).Apply(farm())
		if err != nil || len(out.Hits) > 0 != want {
			t.Errorf("%s: %+v, %v, want %t", when, out, err, want)
		}
		if len(out.Hits) > 0 && out.Hits[0].Problem != "" {
			t.Errorf("%s: %s", when, out.Hits[0].Problem)
		}
	}
}

func TestTheLeastOfSeveralCapsCounts(t *testing.T) {
	t.Parallel()
	named := func(name, when, amount string) rule.Rule {
		return rule.Rule{Name: name, When: when, Then: rule.Cap, Amount: amount, ZH: "上限", EN: "cap"}
	}
	s := compile(t,
		named("a", "first_season", "6000"),
		named("b", "debts > 0", "line - 0.5 * debts"), // 7000 − 2000 = 5000
		named("c", "crops.share('rice') > 0.2", "math.least(line, 5000.005)"),
		named("d", "false || !first_season", "1.0"),
	)
	out, err := s.Apply(farm())
	if err != nil {
		t.Fatal(err)
	}
	// c: 5000.005 yuan are 500000.5 fen, rounded half up to 500001; b's 500000 is less.
	if !out.Capped || out.CapFen != 500_000 || out.CapName != "b" || len(out.Hits) != 3 || out.Hits[2].AmountFen != 500_001 || out.Rejected || out.Referred {
		t.Errorf("%+v", out)
	}
	if caps := s.FixedCaps(); len(caps) != 2 || caps[0].Amount != 6000 || caps[1].Rule != 3 {
		t.Errorf("fixed caps %+v", caps)
	}
}

func TestARuleThatCannotBeEvaluatedReferresAndSaysWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, when, amount, want string }{
		{"a crop that is not there", "crops['maize'] > 0.5", "1.0", "no such key"},
		{"a division of whole numbers by zero", "parcels / (parcels - 4) > 1", "1.0", "division by zero"},
		{"a negative cap", "line > 0.0", "0.0 - line", "no amount"},
		{"a cap without end", "line > 0.0", "line / (debts - 4000.0)", "no amount"},
	} {
		out, err := compile(t, of(c.when, rule.Cap, c.amount)).Apply(farm())
		if err != nil || !out.Referred || out.Capped || len(out.Hits) != 1 || !strings.Contains(out.Hits[0].Problem, c.want) {
			t.Errorf("%s: %+v, %v", c.name, out, err)
		}
	}
}

func TestRulesOfApplicationsWaitForOne(t *testing.T) {
	t.Parallel()
	s := compile(t, of("asked > line", rule.Refer, ""))
	f := farm()
	out, err := s.Apply(f)
	if err != nil || len(out.Pending) != 1 || out.Referred || !s.Uses() || s.Live()[0] != "r" {
		t.Errorf("without an application: %+v, %v", out, err)
	}
	f.Live = &rule.Live{Asked: 8000}
	if out, err = s.Apply(f); err != nil || !out.Referred || len(out.Pending) != 0 {
		t.Errorf("with one that asks for more: %+v, %v", out, err)
	}
	f.Live = &rule.Live{Asked: 6000}
	if out, err = s.Apply(f); err != nil || out.Referred {
		t.Errorf("with one that asks for less: %+v, %v", out, err)
	}
}

func TestFaultsAreNamedWithTheirPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		rule   rule.Rule
		field  string
		offset int
		want   string
	}{
		{"a person's sex", of("line > 0.0 && sex == 'f'", rule.Refer, ""), "when", 14, "sex is no fact for rules: it is what a person is"},
		{"an age within a name", of("head_age > 60", rule.Reject, ""), "when", 0, "head_age is no fact for rules"},
		{"the size group of plots", of("plot_size_quartile == 1", rule.Reject, ""), "when", 0, "compared with others by it afterwards"},
		{"somebody's name", of("name == '王'", rule.Note, ""), "when", 0, "personal data"},
		{"a misspelt fact", of("parcel_used > 3", rule.Note, ""), "when", 0, "did you mean parcels_used?"},
		{"a fact that nobody knows", of("rainfall_mm > 3", rule.Note, ""), "when", 0, "see the table of facts"},
		{"a number in place of a condition", of("line", rule.Note, ""), "when", 0, "want a condition"},
		{"whole numbers among decimals", of("line * 2 > need", rule.Note, ""), "when", 5, "write 2.0 for 2"},
		{"a text compared with a number", of("season > 3", rule.Note, ""), "when", 7, "no matching overload"},
		{"no end", of("line > ", rule.Note, ""), "when", 7, "Syntax error"},
		{"a fault in the second line", of("line > 0.0 &&\n  neeed > 1.0", rule.Note, ""), "when", 16, "did you mean need?"},
		{"an amount that is a text", of("line > 0.0", rule.Cap, "'much'"), "amount", 0, "want a number"},
		{"an amount of a note", of("line > 0.0", rule.Note, "3"), "amount", -1, "only a cap has one"},
		{"a cap without an amount", of("line > 0.0", rule.Cap, ""), "amount", -1, "a cap needs one"},
		{"an effect that nobody knows", of("line > 0.0", "approve", ""), "then", -1, "want refer, reject, cap or note"},
		{"rejecting everybody", of("1 < 2", rule.Reject, ""), "when", 0, "rejects all"},
		{"applying to nobody", of("1 > 2", rule.Cap, "5"), "when", 0, "false for everybody"},
		{"loops inside loops", of("crops.all(a, crops.all(b, crops.all(c, crops[a] > crops[b] + crops[c])))", rule.Note, ""), "when", -1, "without loops inside loops"},
		{"a clock", of("timestamp(now) > timestamp('2025-01-01T00:00:00Z')", rule.Note, ""), "when", 10, "now is no fact"},
		{"no condition", of(" ", rule.Note, ""), "when", -1, "is missing"},
		{"too long", of("line > 0.0 && "+strings.Repeat("line > 0.0 && ", 200)+"true", rule.Note, ""), "when", -1, "characters"},
		{"no words", rule.Rule{Name: "r", When: "line > 0.0", Then: rule.Note, EN: "x"}, "zh", -1, "people are told why"},
		{"a name with a space", rule.Rule{Name: "R 1", When: "line > 0.0", Then: rule.Note, ZH: "x", EN: "x"}, "name", -1, "lower-case"},
	} {
		_, err := rule.Compile([]rule.Rule{c.rule})
		var problems rule.Problems
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Errorf("%s: no problem: %v", c.name, err)
			continue
		}
		if p := problems[0]; p.Field != c.field || p.Offset != c.offset || !strings.Contains(p.Message, c.want) {
			t.Errorf("%s: %+v", c.name, p)
		}
	}
	_, err := rule.Compile([]rule.Rule{of("line > 0.0", rule.Note, ""), of("line > 1.0", rule.Note, "")})
	if err == nil || !strings.Contains(err.Error(), "another rule has this name") {
		t.Errorf("two of one name: %v", err)
	}
	if _, err := rule.Compile(make([]rule.Rule, rule.MostRules+1)); err == nil || !strings.Contains(err.Error(), "101 rules") {
		t.Errorf("too many rules: %v", err)
	}
}

// What is in the table is what can be used, of the type that it tells.
func TestEveryFactOfTheTableExists(t *testing.T) {
	t.Parallel()
	f := farm()
	f.Live = &rule.Live{Asked: 1}
	seen := map[string]bool{}
	for _, x := range rule.Environment() {
		if seen[x.Name] || x.ZH == "" || x.EN == "" {
			t.Errorf("%+v stands twice or has no words", x)
		}
		seen[x.Name] = true
		when := map[rule.Kind]string{
			rule.Number: "%s + 0.0 >= -1.0e12", rule.Integer: "%s + 0 >= 0", rule.Boolean: "%s || true", rule.Text: "%s + '' != 'x'", rule.Shares: "size(%s) >= 0",
		}[x.Kind]
		out, err := compile(t, of(fmt.Sprintf(when, x.Name), rule.Note, "")).Apply(f)
		if err != nil || len(out.Hits) != 1 || out.Hits[0].Problem != "" {
			t.Errorf("%s: %+v, %v", x.Name, out, err)
		}
	}
	for _, person := range []string{"sex", "age", "plot_size_quartile", "gender", "ethnicity", "household_id", "village"} {
		if seen[person] {
			t.Errorf("%s is a fact", person)
		}
	}
}

func TestFactsThatAreNoNumbersAreRefused(t *testing.T) {
	t.Parallel()
	f := farm()
	f.PD = math.NaN()
	if _, err := compile(t, of("line > 0.0", rule.Note, "")).Apply(f); err == nil || !strings.Contains(err.Error(), "pd") {
		t.Errorf("%v", err)
	}
	if out, err := (rule.Set{}).Apply(f); err != nil || len(out.Hits) != 0 {
		t.Errorf("no rules: %+v, %v", out, err)
	}
}

func TestOneSetServesManyAtOnce(t *testing.T) {
	t.Parallel()
	s := compile(t, of("line > 5000 && crops.share('rice') > 0.2", rule.Cap, "line - debts"))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			f := farm()
			f.Line = float64(5000 + i)
			for range 50 {
				out, err := s.Apply(f)
				if err != nil || out.Capped != (i > 0) || (i > 0 && out.CapFen != int64(1000+i)*100) {
					t.Errorf("line %g: %+v, %v", f.Line, out, err)
				}
			}
		})
	}
	all.Wait()
}

func FuzzCompile(f *testing.F) {
	for _, when := range []string{"line > 5000", "crops.share('rice') > 0.2", "sex == 'f'", "a.b.c", "[1,2].all(x, x > 0)", "line > ", "'\\", "{1: 2}[line]", "dyn(line) == 'x'", "parcels / 0 == 1"} {
		f.Add(when, "line * 0.5")
	}
	f.Fuzz(func(t *testing.T, when, amount string) {
		s, err := rule.Compile([]rule.Rule{of(when, rule.Cap, amount)})
		if err != nil {
			var problems rule.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("%q: no problem but %v", when, err)
			}
			for _, p := range problems {
				if p.Offset > len([]rune(when)) && p.Offset > len([]rune(amount)) {
					t.Errorf("%q: a place outside of the text: %+v", when, p)
				}
			}
			return
		}
		facts := farm()
		facts.Live = &rule.Live{}
		a, errA := s.Apply(facts)
		b, errB := s.Apply(facts)
		if fmt.Sprintf("%+v %v", a, errA) != fmt.Sprintf("%+v %v", b, errB) {
			t.Errorf("%q: %+v, then %+v", when, a, b)
		}
	})
}

func BenchmarkApply(b *testing.B) {
	var rules []rule.Rule
	for i, when := range []string{"first_season && line > 20000", "debts > 0.5 * revenue", "crops.share('rice') > 0.5", "imagery_age_days > 60", "pd > 0.1 && largest_crop_share > 0.9"} {
		rules = append(rules, rule.Rule{Name: fmt.Sprintf("r%d", i), When: when, Then: rule.Refer, ZH: "x", EN: "x"})
	}
	s, err := rule.Compile(rules)
	if err != nil {
		b.Fatal(err)
	}
	f := farm()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Apply(f); err != nil {
			b.Fatal(err)
		}
	}
}

// The documentation lists the facts as they are.
func TestTheTableOfFactsIsTheDocumentations(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	rest := string(b)
	for _, f := range rule.Environment() {
		known, unit := "scoring", f.Unit
		if f.Live {
			known = "application"
		}
		if unit == "" {
			unit = "–"
		}
		row := fmt.Sprintf("| `%s` | %s | %s | %s | %s; %s |\n", f.Name, f.Kind, unit, known, f.ZH, f.EN)
		_, after, ok := strings.Cut(rest, row)
		if !ok {
			t.Fatalf("docs/policy.md lacks, in this place, the row\n%s", row)
		}
		rest = after
	}
}
