package fairness_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"parus/credit"
	"parus/credit/fairness"
)

func assess(t *testing.T, list []fairness.Subject) fairness.Result {
	t.Helper()
	r, err := fairness.Assess(list, fairness.DefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func group(r fairness.Result, dimension, code string) fairness.GroupResult {
	for _, d := range r.Dimensions {
		for _, g := range d.Groups {
			if d.Code == dimension && g.Code == code {
				return g
			}
		}
	}
	return fairness.GroupResult{}
}

// farm draws a household of so many mu: need 500 yuan/mu, capacity near it, and
// a line of share times the need.
func farm(r *rand.Rand, sex fairness.Group, mu, share, approved float64) fairness.Subject {
	need := credit.RoundFen(500 * mu)
	s := fairness.Subject{Sex: sex, Age: fairness.From45, Mu: mu, NeedFen: need, CapacityFen: credit.RoundFen(mu * (400 + 200*r.Float64())), Approved: r.Float64() < approved}
	if s.Approved {
		s.LineFen = credit.RoundFen(500 * mu * share)
	}
	return s
}

func TestEqualTreatmentIsFair(t *testing.T) {
	t.Parallel()
	behind := 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		var list []fairness.Subject
		for i := range 600 {
			list = append(list, farm(r, fairness.Group(1+i%3/2), 5+15*r.Float64(), .7, .85))
		}
		res := assess(t, list)
		for _, code := range []string{"women", "men"} {
			g := group(res, "sex", code)
			for _, m := range []fairness.Measure{g.Approval, g.LinePerMu, g.LineNeed} {
				if m.Verdict == fairness.Behind {
					behind++
				}
			}
		}
	}
	if behind > 0 {
		t.Errorf("%d of 240 measures are behind where all are treated alike", behind)
	}
}

// Women are approved half as often on the same land: behind, not explained.
func TestUnequalTreatmentIsBehind(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	var list []fairness.Subject
	for i := range 800 {
		if i%2 == 0 {
			list = append(list, farm(r, fairness.Women, 5+15*r.Float64(), .7, .45))
		} else {
			list = append(list, farm(r, fairness.Men, 5+15*r.Float64(), .7, .9))
		}
	}
	res := assess(t, list)
	w, m := group(res, "sex", "women").Approval, group(res, "sex", "men").Approval
	if w.Verdict != fairness.Behind || m.Verdict != fairness.Favoured || math.Abs(w.Ratio-.5) > .08 || !(w.Low < w.Ratio && w.Ratio < w.High && w.High < .8) {
		t.Errorf("women %+v, men %+v", w, m)
	}
	if w.Adjusted == nil || *w.Adjusted > .65 || w.Alike < .95 {
		t.Errorf("among their likes: %+v", w)
	}
	if res.Behind == 0 {
		t.Error("nothing is told as behind")
	}
}

// Approval follows land alone (under 8 mu one in two, above nine in ten), and
// women have more of the small land: a raw gap that goes among households of
// like need and capacity.
func TestAGapThatLandExplainsIsToldAsExplained(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2, 1))
	var list []fairness.Subject
	for i := range 2000 {
		sex, small := fairness.Men, r.Float64() < .2
		if i%2 == 0 {
			sex, small = fairness.Women, r.Float64() < .85
		}
		if small {
			list = append(list, farm(r, sex, 3+5*r.Float64(), .7, .5))
		} else {
			list = append(list, farm(r, sex, 8+12*r.Float64(), .7, .9))
		}
	}
	w := group(assess(t, list), "sex", "women").Approval
	if w.Verdict != fairness.Explained || w.Ratio > .75 || w.Adjusted == nil || math.Abs(*w.Adjusted-1) > .1 {
		t.Errorf("%+v", w)
	}
}

// 100 men, 15 women and 5 unknown: women are shown, not judged; the five are
// hidden, and with them the women, since the total would tell.
func TestSmallGroups(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 1))
	var list []fairness.Subject
	add := func(sex fairness.Group, n int) {
		for range n {
			list = append(list, farm(r, sex, 10, .7, .8))
		}
	}
	add(fairness.Men, 100)
	add(fairness.Women, 15)
	if w := group(assess(t, list), "sex", "women"); w.Households != 15 || w.Approval.Verdict != fairness.TooFew || w.Approval.Ratio != 0 {
		t.Errorf("fifteen: %+v", w)
	}
	add(fairness.Unknown, 5)
	res := assess(t, list)
	for _, code := range []string{"unknown", "women"} {
		if g := group(res, "sex", code); g.Households != 0 || g.Approval.Verdict != fairness.Hidden || g.LinePerMu.Value != 0 || g.LineNeed.Value != 0 {
			t.Errorf("%s: %+v", code, g)
		}
	}
	if g := group(res, "sex", "men"); g.Households != 100 || g.Approval.Value == 0 {
		t.Errorf("men: %+v", g)
	}
}

func TestWithoutKeysOnlyLandIsKnown(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 1))
	var list []fairness.Subject
	for range 200 {
		s := farm(r, fairness.Unknown, 3+20*r.Float64(), .7, .8)
		s.Age = fairness.Unknown
		list = append(list, s)
	}
	for _, d := range assess(t, list).Dimensions {
		if d.Known != (d.Code == "land") || d.Known != (len(d.Groups) == 4) {
			t.Errorf("%s: known %t, %d groups", d.Code, d.Known, len(d.Groups))
		}
	}
}

func TestTheOrderOfSubjectsChangesNothing(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 1))
	var list []fairness.Subject
	for range 300 {
		list = append(list, farm(r, fairness.Group(r.IntN(3)), float64(1+r.IntN(9)), .7, .8))
	}
	want := assess(t, list)
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	if got := assess(t, list); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// 370199 is a county that nobody is registered in.
func TestSexAndAgeOfAResidentID(t *testing.T) {
	t.Parallel()
	on := time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, id string
		sex, age fairness.Group
	}{
		{"a man of 55", "37019919700101001X", fairness.Men, fairness.From55},
		{"a woman the day before she is 35", "370199199006020023", fairness.Women, fairness.Under35},
		{"a woman on the day she is 35", "370199199006010023", fairness.Women, fairness.From35},
		{"a man of 90", "370199193501010011", fairness.Men, fairness.From65},
		{"not yet born", "370199202601010011", fairness.Unknown, fairness.Unknown},
		{"no such day", "370199199002300011", fairness.Unknown, fairness.Unknown},
		{"fifteen digits", "370199900101001", fairness.Unknown, fairness.Unknown},
		{"letters", "37019919900101A011", fairness.Unknown, fairness.Unknown},
	} {
		if sex, age := fairness.OfResidentID(c.id, on); sex != c.sex || age != c.age {
			t.Errorf("%s: sex %d, age %d, want %d and %d", c.name, sex, age, c.sex, c.age)
		}
	}
}

func FuzzOfResidentID(f *testing.F) {
	f.Add("37019919700101001X")
	f.Add("")
	f.Fuzz(func(t *testing.T, id string) {
		sex, age := fairness.OfResidentID(id, time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC))
		if (sex == fairness.Unknown) != (age == fairness.Unknown) || sex > fairness.Men || age > fairness.From65 {
			t.Errorf("%q: sex %d, age %d", id, sex, age)
		}
	})
}

// No group may be an input: nothing that a decision is made of has a field
// that names one, however deep.
func TestNoGroupIsAnInputOfADecision(t *testing.T) {
	t.Parallel()
	forbidden := []string{"sex", "gender", "birth", "age", "quartile", "ethnic", "name", "phone", "idnumber", "person", "holder"}
	allowed := map[string]bool{"ImageryAgeDays": true, "Name": true} // of the picture; of a limit
	fields := 0
	var look func(reflect.Type, string)
	look = func(typ reflect.Type, path string) {
		for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Array || typ.Kind() == reflect.Map {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ.PkgPath() == "time" {
			return
		}
		for i := range typ.NumField() {
			f := typ.Field(i)
			fields++
			if !allowed[f.Name] {
				for _, word := range forbidden {
					if strings.HasPrefix(strings.ToLower(f.Name), word) || strings.HasSuffix(strings.ToLower(f.Name), word) {
						t.Errorf("%s.%s: no decision may know it", path, f.Name)
					}
				}
			}
			look(f.Type, path+"."+f.Name)
		}
	}
	for _, v := range []any{credit.Case{}, credit.CaseInput{}.Household, credit.Policy{}} {
		look(reflect.TypeOf(v), reflect.TypeOf(v).String())
	}
	if fields < 60 {
		t.Errorf("only %d fields were looked at", fields)
	}
}

func TestBadSubjectsAreRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []fairness.Subject{{LineFen: -1}, {NeedFen: -1}, {Mu: math.NaN()}} {
		if _, err := fairness.Assess([]fairness.Subject{s}, fairness.DefaultRules()); err == nil {
			t.Errorf("%+v is taken", s)
		}
	}
	if r := assess(t, nil); r.Households != 0 {
		t.Errorf("%+v", r)
	}
}
