package letter_test

import (
	"bytes"
	"fmt"
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

// sample is a decision of the engine on n parcels of wheat and soybean, some
// of them in doubt.
func sample(t testing.TB, n int) letter.Letter {
	t.Helper()
	c := credit.Case{HouseholdID: "370199001001010001", Season: "2025-winter", Currency: "CNY", AsOf: date(t, "2024-09-20"), ModelVersion: "crops-7 yields-3",
		DebtDueFen: 100_000, Market: []credit.Market{
			{Code: "winter_wheat", PricePerKg: 2.40, LogPriceSD: .12, CashCostPerMu: 659, HarvestEnd: date(t, "2025-06-20")},
			{Code: "soybean", PricePerKg: 3.94, LogPriceSD: .14, CashCostPerMu: 446, HarvestEnd: date(t, "2025-06-20")},
		}}
	q, pi := []float64{.98, .95, .90, .45}, []float64{.95, .92, .80, .70}
	for i := range n {
		c.Parcels = append(c.Parcels, credit.Parcel{ID: fmt.Sprintf("37019900100101%05d", i+1), GeometryMu: 5, ContractMu: 5.2, CultivatedShare: 1, MatchP: q[i%4], Certified: i%3 != 0, ImageryAgeDays: 12 + i%4,
			Crops: []credit.CropChance{
				{Code: "winter_wheat", P: pi[i%4], MeanKgPerMu: 491.8, SDCounty: .11, SDModel: .12},
				{Code: "soybean", P: 1 - pi[i%4], MeanKgPerMu: 152.2, SDCounty: .11, SDModel: .12},
			}})
	}
	p, err := credit.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	e, err := credit.NewEngine(p)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := e.NewSnapshot(c)
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	return letter.FromSnapshot(snap, letter.Particulars{Lender: "示例县农村商业银行", County: "示例县（370199）", Applicant: "王**", Crops: cat})
}

func press(t testing.TB) *letter.Press {
	t.Helper()
	p, err := letter.NewPress("")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheSameLetterHasTheSameBytes(t *testing.T) {
	t.Parallel()
	p := press(t)
	for _, lang := range []letter.Language{letter.Chinese, letter.English} {
		var first, second bytes.Buffer
		if _, err := p.Write(&first, sample(t, 4), lang); err != nil {
			t.Fatal(err)
		}
		if err := letter.Write(&second, sample(t, 4), lang); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: %d and %d bytes differ", lang, first.Len(), second.Len())
		}
	}
}

func BenchmarkLetter(b *testing.B) {
	p := press(b)
	l := sample(b, 4)
	for b.Loop() {
		var w bytes.Buffer
		if _, err := p.Write(&w, l, letter.Chinese); err != nil {
			b.Fatal(err)
		}
	}
}
func BenchmarkPress(b *testing.B) {
	for b.Loop() {
		press(b)
	}
}
