package lending_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"parus/credit"
	"parus/credit/lending"
)

// snapshot is of a household with 20 mu of winter wheat and soybean, decided on
// 20 March 2025 for a harvest in June.
func snapshot(t testing.TB) credit.Snapshot {
	t.Helper()
	c := credit.Case{HouseholdID: "h1", Season: "2025-winter", Currency: "CNY", AsOf: day(t, "2025-03-20"), ModelVersion: "m1",
		Market: []credit.Market{
			{Code: "winter_wheat", PricePerKg: 2.4, LogPriceSD: .12, CashCostPerMu: 659, HarvestEnd: day(t, "2025-06-20")},
			{Code: "soybean", PricePerKg: 4, LogPriceSD: .14, CashCostPerMu: 446, HarvestEnd: day(t, "2025-06-20")},
		}}
	for i := range 4 {
		c.Parcels = append(c.Parcels, credit.Parcel{ID: fmt.Sprint("p", i), GeometryMu: 5, ContractMu: 5, CultivatedShare: 1, MatchP: .95, Certified: true,
			Crops: []credit.CropChance{{Code: "winter_wheat", P: .9, MeanKgPerMu: 490, SDCounty: .11, SDModel: .12}, {Code: "soybean", P: .1, MeanKgPerMu: 150, SDCounty: .11, SDModel: .12}}})
	}
	p, err := credit.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	e, err := credit.NewEngine(p)
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSnapshot(c)
	if err != nil {
		t.Fatal(err)
	}
	if s.Decision.Referred || s.Decision.LineFen < 500_000 {
		t.Fatalf("the line is %s, referred %t: the tests need one", s.Decision.LineFen, s.Decision.Referred)
	}
	return s
}

// asking is a request and its facts that are answered at once with all of it.
func asking(s credit.Snapshot) (lending.Request, lending.Facts) {
	return lending.Request{Publication: 1, Season: s.Case.Season, Household: s.Case.HouseholdID, AskedFen: 300_000, Identity: lending.IdentityChecked},
		lending.Facts{At: noon, County: "370199", Village: "370199001001", Digest: s.Digest, InForce: true, Consent: 1, Rooms: []credit.Limit{}}
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	s := snapshot(t)
	line := s.Decision.LineFen
	for _, tc := range []struct {
		name    string
		edit    func(*lending.Request, *lending.Facts)
		act     lending.Act
		line    credit.Fen // -1: below the snapshot's
		counter bool
		reason  credit.ReasonCode
	}{
		{"what is within the line is decided", func(*lending.Request, *lending.Facts) {}, lending.ActDecide, 300_000, false, ""},
		{"asking for more gives a counter-offer", func(r *lending.Request, _ *lending.Facts) { r.AskedFen = 9_000_000 }, lending.ActDecide, line, true, s.Decision.Reasons[0].Code},
		{"a debt that has grown lowers it", func(r *lending.Request, _ *lending.Facts) { r.AskedFen, r.DebtDueFen = 9_000_000, 200_000 }, lending.ActDecide, -1, true, credit.ReasonDebt},
		{"an open line of another season too", func(r *lending.Request, f *lending.Facts) { r.AskedFen, f.OwnDueFen = 9_000_000, 200_000 }, lending.ActDecide, -1, true, credit.ReasonDebt},
		{"a full village refers", func(_ *lending.Request, f *lending.Facts) { f.Rooms = []credit.Limit{{Name: "village 370199001001"}} }, lending.ActRefer, 0, false, credit.ReasonPolicyCap},
		{"a full crop refers", func(_ *lending.Request, f *lending.Facts) {
			f.Rooms = []credit.Limit{{Name: "crop soybean", Crop: true}}
		}, lending.ActRefer, 0, false, credit.ReasonConcentration},
		{"45 days are fresh", func(_ *lending.Request, f *lending.Facts) { f.At = time.Date(2025, 5, 4, 23, 0, 0, 0, time.UTC) }, lending.ActDecide, 300_000, false, ""},
		{"46 days are stale", func(_ *lending.Request, f *lending.Facts) { f.At = time.Date(2025, 5, 5, 0, 0, 0, 0, time.UTC) }, lending.ActRefer, 300_000, false, credit.ReasonStaleImagery},
		{"nobody looked who it is", func(r *lending.Request, _ *lending.Facts) { r.Identity = lending.IdentityUnchecked }, lending.ActRefer, 300_000, false, ""},
		{"it is somebody else", func(r *lending.Request, _ *lending.Facts) { r.Identity = lending.IdentityDiffers }, lending.ActReject, 0, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r, f := asking(s)
			tc.edit(&r, &f)
			o, err := lending.Decide(r, f, s)
			if err != nil {
				t.Fatal(err)
			}
			got := o.Offer.LineFen
			if tc.line == -1 && (got >= line || got == 0) || tc.line >= 0 && got != tc.line || o.Act != tc.act || o.Counter != tc.counter {
				t.Errorf("%s of %s (counter %t), want %s of %s", o.Act, got, o.Counter, tc.act, tc.line)
			}
			if (o.Act == lending.ActRefer) != o.Offer.Referred || (o.Act == lending.ActDecide) != (o.Offer.ReferralZH == "") {
				t.Errorf("%s, but offer %+v", o.Act, o.Offer)
			}
			if tc.reason == "" != (len(o.Offer.Reasons) == 0) || tc.reason != "" && o.Offer.Reasons[0].Code != tc.reason {
				t.Errorf("reasons %+v, want first %q", o.Offer.Reasons, tc.reason)
			}
			var sum credit.Fen
			for _, x := range o.Schedule {
				sum += x.PrincipalFen
			}
			if sum != got {
				t.Errorf("the schedule pays back %s of %s", sum, got)
			}
		})
	}
}

func TestWhatCannotBeDecidedIsRefusedByName(t *testing.T) {
	t.Parallel()
	s := snapshot(t)
	for _, tc := range []struct {
		name string
		edit func(*lending.Request, *lending.Facts)
		want lending.Refusal
	}{
		{"nothing asked", func(r *lending.Request, _ *lending.Facts) { r.AskedFen = 0 }, lending.BadAmount},
		{"less than nothing asked", func(r *lending.Request, _ *lending.Facts) { r.AskedFen = -1 }, lending.BadAmount},
		{"a county asked", func(r *lending.Request, _ *lending.Facts) { r.AskedFen = 1e18 }, lending.BadAmount},
		{"a debt below nothing", func(r *lending.Request, _ *lending.Facts) { r.DebtDueFen = -1 }, lending.BadDebt},
		{"a debt beyond all", func(r *lending.Request, _ *lending.Facts) { r.DebtDueFen = 1e18 }, lending.BadDebt},
		{"an identity that is not one", func(r *lending.Request, _ *lending.Facts) { r.Identity = "" }, lending.BadReason},
		{"signed tomorrow", func(r *lending.Request, _ *lending.Facts) { r.SignedAt = noon.AddDate(0, 0, 1) }, lending.SignedAhead},
		{"another household's snapshot", func(r *lending.Request, _ *lending.Facts) { r.Household = "h2" }, lending.NoSnapshot},
		{"another season's snapshot", func(r *lending.Request, _ *lending.Facts) { r.Season = "2024-winter" }, lending.NoSnapshot},
		{"another digest", func(_ *lending.Request, f *lending.Facts) { f.Digest = "x" }, lending.NoSnapshot},
		{"a publication that was replaced", func(_ *lending.Request, f *lending.Facts) { f.InForce = false }, lending.PublicationReplaced},
		{"a season whose lines have fallen due", func(_ *lending.Request, f *lending.Facts) { f.At = s.Decision.DueDate.Time().AddDate(0, 0, 1) }, lending.SeasonOver},
		{"a clock behind the score", func(_ *lending.Request, f *lending.Facts) { f.At = s.Case.AsOf.Time().Add(-6 * time.Minute) }, lending.ClockSkew},
		{"no consent", func(_ *lending.Request, f *lending.Facts) { f.Consent = 0 }, lending.NoConsent},
		{"another open application", func(_ *lending.Request, f *lending.Facts) { f.OtherOpen = 7 }, lending.OpenApplication},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r, f := asking(s)
			tc.edit(&r, &f)
			if o, err := lending.Decide(r, f, s); !errors.Is(err, tc.want) || !reflect.DeepEqual(o, lending.Outcome{}) {
				t.Errorf("got %+v, %v; want %v", o, err, tc.want)
			}
		})
	}
}

func TestADecisionReplaysToTheByte(t *testing.T) {
	t.Parallel()
	s := snapshot(t)
	other := s.Policy
	other.Version, other.ProductCap = "2", 2000
	edits := []func(*lending.Request, *lending.Facts){
		func(*lending.Request, *lending.Facts) {},
		func(r *lending.Request, _ *lending.Facts) { r.AskedFen, r.DebtDueFen = 9_000_000, 123_456 },
		func(_ *lending.Request, f *lending.Facts) {
			f.At = time.Date(2025, 6, 1, 3, 4, 5, 678_901_000, time.UTC)
		},
		func(r *lending.Request, _ *lending.Facts) { r.Identity, r.SignedAt = lending.IdentityDiffers, noon },
		func(_ *lending.Request, f *lending.Facts) { f.Policy = &other },
		func(_ *lending.Request, f *lending.Facts) {
			f.Rooms = []credit.Limit{{Name: "a", RoomFen: 250_000}, {Name: "b", Crop: true, RoomFen: 1}}
		},
	}
	kept, err := json.Marshal(s) // as the database does
	if err != nil {
		t.Fatal(err)
	}
	var again credit.Snapshot
	if err := json.Unmarshal(kept, &again); err != nil {
		t.Fatal(err)
	}
	for i, edit := range edits {
		r, f := asking(s)
		edit(&r, &f)
		_, body, err := lending.NewRecord(r, f, s)
		if err != nil {
			t.Fatal(err)
		}
		if err := lending.Replay(body, again); err != nil {
			t.Errorf("case %d: %v", i, err)
		}
		for from, to := range map[string]string{`"line_fen":`: `"line_fen":1`, `"pd":`: `"pd":1`, `"rules":"1"`: `"rules":"0"`, `{"engine`: ` {"engine`} {
			changed := strings.Replace(string(body), from, to, 1)
			if changed != string(body) && lending.Replay([]byte(changed), again) == nil {
				t.Errorf("case %d with %s changed to %s still replays", i, from, to)
			}
		}
	}
	s.Decision.LineFen++
	r, f := asking(s)
	_, body, err := lending.NewRecord(r, f, s)
	if err != nil {
		t.Fatal(err)
	}
	var differs *credit.ReplayError
	if err := lending.Replay(body, s); !errors.As(err, &differs) {
		t.Errorf("an edited snapshot replays: %v", err)
	}
}

// Two harvests: the schedule has two principals, and one of half the line pays
// half of each (whole yuan, the rest last).
func TestASmallerLineIsPaidBackInTheSameParts(t *testing.T) {
	t.Parallel()
	d := credit.Decision{LineFen: 1_000_000, APR: .073, AsOf: day(t, "2025-03-01"), DueDate: day(t, "2025-10-01"), Schedule: []credit.Instalment{
		{Date: day(t, "2025-05-10"), PrincipalFen: 0, InterestFen: 14_000}, {Date: day(t, "2025-06-20"), PrincipalFen: 333_300, InterestFen: 8_200}, {Date: day(t, "2025-10-01"), PrincipalFen: 666_700, InterestFen: 13_734}}}
	// 5,000 yuan at 7.3 % are 1 yuan a day: 70 days to 10 May, 41 to 20 June;
	// 1,666.50 floored to 1,666 leave 3,334 for 103 days: 3334·0.073·103/365 = 68.68.
	want := []credit.Instalment{{Date: day(t, "2025-05-10"), PrincipalFen: 0, InterestFen: 7_000}, {Date: day(t, "2025-06-20"), PrincipalFen: 166_600, InterestFen: 4_100}, {Date: day(t, "2025-10-01"), PrincipalFen: 333_400, InterestFen: 6_868}}
	if got := lending.Schedule(d, 500_000); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := lending.Schedule(d, d.LineFen); !slices.Equal(got, d.Schedule) {
		t.Errorf("its own line: %v", got)
	}
	d.LineFen, d.Schedule = 0, nil // 2,000 yuan for 214 days: 85.60
	if got := lending.Schedule(d, 200_000); !slices.Equal(got, []credit.Instalment{{Date: d.DueDate, PrincipalFen: 200_000, InterestFen: 8_560}}) {
		t.Errorf("without a line: %v", got)
	}
	if got := lending.Schedule(d, 0); len(got) != 0 || got == nil {
		t.Errorf("of nothing: %v", got)
	}
}

// The engine's own schedule is what the same parts give for its own line.
func TestSchedulesAgreeWithTheEngines(t *testing.T) {
	t.Parallel()
	s := snapshot(t)
	d := s.Decision
	twice := d
	twice.LineFen *= 2
	twice.Schedule = slices.Clone(d.Schedule)
	for i := range twice.Schedule {
		twice.Schedule[i].PrincipalFen *= 2
	}
	if got := lending.Schedule(twice, d.LineFen); !slices.Equal(got, d.Schedule) {
		t.Errorf("got %v, the engine %v", got, d.Schedule)
	}
}

func TestRooms(t *testing.T) {
	t.Parallel()
	p, err := credit.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	fen := func(f credit.Fen) *credit.Fen { return &f }
	claims := lending.Claims("370199", "", "h1", []credit.CropShare{{Code: "maize", PerMillion: 300_000}, {Code: "wheat", PerMillion: 700_000}})
	balances := make([]lending.Balance, len(claims))
	for i, c := range claims {
		balances[i] = lending.Balance{Claim: c, CommittedFen: 1000}
	}
	balances[0].LimitFen = fen(5000)  // county
	balances[1].LimitFen = fen(3100)  // crop maize: 2,100 are 7,000 of a line of which 30 % are maize
	balances[4].LimitFen = fen(500)   // village: overdrawn, since the limit came down
	got := lending.Rooms(p, balances) // no limit on wheat; the household's is the policy's
	want := []credit.Limit{{Name: "county 370199", RoomFen: 4000}, {Name: "crop maize", Crop: true, RoomFen: 7000},
		{Name: "household", RoomFen: credit.Fen(min(p.ProductCap, p.HouseholdCap))*100 - 1000}, {Name: "village -", RoomFen: 0}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// The largest line within a room is within it, and one fen more is not.
func TestAClaimFitsItsRoomExactly(t *testing.T) {
	t.Parallel()
	for _, c := range []lending.Claim{{Kind: lending.OnCrop, Key: "k", PerMillion: 1}, {Kind: lending.OnCrop, Key: "k", PerMillion: 333_333}, {Kind: lending.OnCrop, Key: "k", PerMillion: 999_999}, {Kind: lending.OnVillage, Key: "v", PerMillion: 1_000_000}} {
		for _, room := range []credit.Fen{1, 2, 99, 12_345, 7_000_001, 1e9} {
			most := c.Room(room, 0).RoomFen
			if c.Of(most) > room || most < 1e11 && c.Of(most+1) <= room {
				t.Errorf("%+v with room for %d: a line of %d takes %d, one more %d", c, room, most, c.Of(most), c.Of(most+1))
			}
		}
	}
}
