package registry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"parus/fields"
	"parus/fields/registry"
	"parus/fixtures"
)

// claims generates a county with its tables and opens its package.
func claims(t *testing.T) (county *fixtures.County, roll *registry.Roll, tables map[string][]byte) {
	t.Helper()
	cfg := fixtures.Config{Seed: 5, Households: 80, SizePx: 240}
	c, err := fixtures.NewCounty(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := countyPackage(t, cfg)
	m := fixtures.NewMemory()
	if err := c.WriteClaims(m); err != nil {
		t.Fatal(err)
	}
	got := open(t, p.write(t), registry.Options{})
	return c, registry.NewRoll(got), map[string][]byte{"planting.csv": m.File("planting.csv"), "subsidies.csv": m.File("subsidies.csv")}
}

func suggested(t *testing.T, path string, kind registry.TableKind) registry.MappingFile {
	t.Helper()
	m, why, err := registry.SuggestMapping(context.Background(), path, kind, registry.Options{Crops: someCrops})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range why {
		if m.Columns[s.Role] != s.Column || s.Why == "" {
			t.Errorf("%+v", s)
		}
	}
	return m
}

var someCrops = map[string]string{"冬小麦": "winter_wheat", "玉米": "maize", "大豆": "soybean", "花生": "peanut", "大蒜": "garlic", "油菜": "rapeseed",
	"一季籼稻": "rice_single", "棉花（皮棉）": "cotton", "休耕": "fallow", "非耕作": "no_crop"}

func TestSubsidiesJoinTheirHouseholdsToTheFen(t *testing.T) {
	t.Parallel()
	c, roll, tables := claims(t)
	path := fileOf(t, "subsidies.csv", tables["subsidies.csv"])
	m := suggested(t, path, registry.SubsidyTable)
	if m.Columns["id_number"] != "身份证号" || m.Columns["amount"] != "金额" || m.Columns["parcel"] != "" || m.AreaUnit != "mu" {
		t.Fatalf("suggested %+v", m)
	}
	got, err := registry.ReadSubsidies(context.Background(), path, m, roll, registry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Report.Defects) > 0 || got.Report.Rows.Accepted != len(got.Rows) || len(got.Rows) <= len(c.Households) {
		t.Errorf("%d rows %+v: %+v", len(got.Rows), got.Report.Rows, got.Report.Defects)
	}
	// The first household's soil protection: its contracts' mu to two decimals
	// at 125 yuan.
	r, h := got.Rows[0], c.Households[0]
	mu := 0.0
	for _, i := range h.Parcels {
		mu += c.Parcels[i].ContractM2 * 15 / 10000
	}
	want := int64(mu*100+.5) * 125
	if r.HouseholdID != h.ID || r.Scheme != registry.SchemeHolder || r.AmountFen != want || got.SubsidyFen()[h.ID] < want {
		t.Errorf("%+v, want %d fen", r, want)
	}
	if got.Rows[len(got.Rows)-1].Scheme != registry.SchemeGrower {
		t.Error("a grower's subsidy is not told")
	}
}

func TestRowsOfSubsidiesThatDoNotJoinAreReportedWithoutNames(t *testing.T) {
	t.Parallel()
	c, roll, _ := claims(t)
	const head = "某县2025年补贴发放表,,,,\n,,,,\n承包方编码,身份证号,补贴面积（亩）,标准,金额\n"
	good := c.Households[0].ID
	path := fileOf(t, "s.csv", []byte(head+
		good+",,10,125,1250.00\n"+
		good+",,10,125,1250.00\n"+ // the same again
		good[:14]+"9999,,10,125,1250.00\n"+ // no such household
		",37019919500101001X,10,125,1250.00\n"+ // nobody's number
		good+",,10,125,9999.99\n"+ // 10 · 125 ≠ 9999.99
		good+",,10,100,\n"+ // no amount: 10 · 100 yuan = 100000 fen
		good+",,ten,125,1250.00\n"+
		"合计,,60,,7500\n"))
	m := suggested(t, path, registry.SubsidyTable)
	got, err := registry.ReadSubsidies(context.Background(), path, m, roll, registry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"ROW_REPEATED": 1, "HOUSEHOLD_UNKNOWN": 2, "AMOUNT_MISMATCH": 2, "FIELD_TYPE": 1, "TOTAL_ROW": 1}
	for code, n := range want {
		if got.Report.Counts[code] != n {
			t.Errorf("%s %d times, want %d: %+v", code, got.Report.Counts[code], n, got.Report.Defects)
		}
	}
	if r := got.Report.Rows; r.In != 8 || r.Accepted != 4 || r.Corrected != 1 || r.Quarantined != 3 {
		t.Errorf("%+v", r)
	}
	if got.Rows[3].AmountFen != 100000 {
		t.Errorf("%+v", got.Rows[3])
	}
	var b bytes.Buffer
	if err := got.Report.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "37019919500101") {
		t.Error("the report shows an ID number")
	}
}

func TestPlantingsNameCropsByTheCatalogueAndTenants(t *testing.T) {
	t.Parallel()
	c, roll, tables := claims(t)
	path := fileOf(t, "planting.csv", tables["planting.csv"])
	m := suggested(t, path, registry.PlantingTable)
	if m.Columns["parcel"] != "DKBM" || m.Columns["crop"] != "作物" || len(m.Crops) > 0 {
		t.Fatalf("suggested %+v", m)
	}
	delete(m.Columns, "crop_code") // by name alone
	got, err := registry.ReadPlantings(context.Background(), path, m, roll, registry.Options{Crops: someCrops})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Report.Defects) > 0 {
		t.Errorf("%v %+v", got.Report.Counts, got.Report.Defects[0])
	}
	ds := c.Declarations()
	if len(got.Rows) != len(ds) {
		t.Fatalf("%d rows of %d", len(got.Rows), len(ds))
	}
	for i, r := range got.Rows {
		p := c.Parcels[ds[i].Parcel]
		if r.ParcelID != p.ID || r.Crop != ds[i].Declared || r.HouseholdID != c.Households[p.Farmer()].ID || r.Winter != (ds[i].Season == fixtures.WinterSeason) || r.Leased != (p.Tenant >= 0) {
			t.Fatalf("%+v, declared %+v", r, ds[i])
		}
	}
	// Every declaration tells who farms, in its own season alone.
	for _, se := range []fields.Season{
		{Name: fixtures.WinterSeason, Start: date(2024, 10, 1), End: date(2025, 6, 20)}, {Name: fixtures.SummerSeason, Start: date(2025, 6, 1), End: date(2025, 10, 20)},
	} {
		farmers := map[string]string{}
		for _, e := range registry.TenancyEvidence(se, nil, got.Rows) {
			farmers[e.ParcelID] = e.FarmerID
		}
		declared := 0
		for _, d := range ds {
			if p := c.Parcels[d.Parcel]; d.Season == se.Name {
				declared++
				if farmers[p.ID] != c.Households[p.Farmer()].ID {
					t.Errorf("%s: parcel %s is farmed by %s, declared by %q", se.Name, p.ID, c.Households[p.Farmer()].ID, farmers[p.ID])
				}
			}
		}
		if declared == 0 || len(farmers) != declared {
			t.Errorf("%s: %d parcels declared, %d told", se.Name, declared, len(farmers))
		}
	}
}

func TestPlantingsOfStrangersAndOfStrangeCrops(t *testing.T) {
	t.Parallel()
	c, roll, _ := claims(t)
	p, other := c.Parcels[0], c.Households[len(c.Households)-1]
	owned := func(s string) string { return strings.ReplaceAll(s, "P", p.ID) }
	x := excelize.NewFile()
	for i, row := range [][]any{
		{"二〇二五年种植申报"},
		{"DKBM", "经营者", "身份证号", "作物", "面积(亩)", "自有/流转"},
		{owned("P"), "", other.Members[0].ID, "夏玉米", 1, "流转"},
		{owned("P"), "", "37019919500101001X", "苞米", 1, "流转"},
		{owned("P"), "", "", "火龙果", 1, ""},
		{"3701991012010199999", "", "", "玉米", 1, ""},
		{owned("P"), "", "", "玉米", 9000, ""},
	} {
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := x.SetSheetRow("Sheet1", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "p.xlsx")
	if err := x.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	m := suggested(t, path, registry.PlantingTable)
	if code, ok := m.Crops["火龙果"]; !ok || code != "" || len(m.Crops) != 1 {
		t.Errorf("crops to map: %v", m.Crops)
	}
	got, err := registry.ReadPlantings(context.Background(), path, m, roll, registry.Options{Crops: someCrops})
	if err != nil {
		t.Fatal(err)
	}
	for code, n := range map[string]int{"HOUSEHOLD_UNKNOWN": 1, "CROP_UNKNOWN": 1, "PARCEL_UNKNOWN": 1, "AREA_MISMATCH": 1} {
		if got.Report.Counts[code] != n {
			t.Errorf("%s %d times: %+v", code, got.Report.Counts[code], got.Report.Defects)
		}
	}
	if len(got.Rows) != 3 || got.Rows[0].Crop != "maize" || got.Rows[1].Crop != "maize" || got.Rows[1].HouseholdID != "" {
		t.Errorf("%+v", got.Rows)
	}
	year := fields.Season{Name: "2025", Start: date(2024, 9, 1), End: date(2025, 11, 30)}
	if ts := registry.TenancyEvidence(year, nil, got.Rows[:2]); len(ts) != 2 || ts[1].FarmerID != other.ID || ts[0].FarmerID != "" || ts[0].ParcelID != p.ID {
		t.Errorf("%+v", ts)
	}
	m.Crops["火龙果"] = "orchard"
	if _, err := registry.ReadPlantings(context.Background(), path, m, roll, registry.Options{Crops: someCrops}); !errors.Is(err, registry.ErrMapping) {
		t.Errorf("a code that the catalogue lacks: %v", err)
	}
}

func TestColumnsAreToldByTheirContent(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("A,B,卡号,C,D\n")
	for i := range 30 {
		b.WriteString(strings.Join([]string{dkbm(i + 1), cbfbm(i + 1), dkbm(i + 1), id(i), "2025-06-12"}, ",") + "\n")
	}
	m := suggested(t, fileOf(t, "x.csv", []byte(b.String())), registry.SubsidyTable)
	for role, want := range map[string]string{"parcel": "A", "household": "B", "id_number": "C", "paid": "D"} {
		if m.Columns[role] != want {
			t.Errorf("%s is %q, want %s", role, m.Columns[role], want)
		}
	}
}

func TestAMappingIsKeptBesideItsPackageAndUsedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := filepath.Join(dir, "p.geojson")
	const parcels = `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"编":"x7","户":"h1"},"geometry":{"type":"Polygon","coordinates":[[[117,36],[117.001,36],[117.001,36.001],[117,36.001],[117,36]]]}}]}`
	if err := os.WriteFile(in, []byte(parcels), 0o600); err != nil {
		t.Fatal(err)
	}
	keep := func(by string) {
		t.Helper()
		m := registry.MappingFile{Kind: registry.ParcelTable, ConfirmedBy: by, Columns: map[string]string{"id": "编", "household": "户"}, Codes: registry.CodeMaps{Family: []string{"1"}}}
		var b bytes.Buffer
		if err := m.WriteYAML(&b, nil); err != nil {
			t.Fatal(err)
		}
		again, err := registry.ReadMapping(bytes.NewReader(b.Bytes()))
		if err != nil || again.Codes.Family[0] != "1" || again.ConfirmedBy != by {
			t.Fatalf("%v %+v\n%s", err, again, b.String())
		}
		if err := os.WriteFile(registry.MappingBeside(in), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if p := open(t, in, registry.Options{}); p.Parcels[0].ID != "1" {
		t.Errorf("without a mapping %+v", p.Parcels[0])
	}
	keep("")
	if p := open(t, in, registry.Options{}); p.Parcels[0].ID != "1" || len(p.Report.Notes) == 0 {
		t.Errorf("an unconfirmed mapping was used: %+v", p.Parcels[0])
	}
	keep("李四")
	p := open(t, in, registry.Options{})
	if p.Parcels[0].ID != "x7" || p.Parcels[0].HouseholdID != "h1" || !strings.Contains(strings.Join(p.Report.Notes, ""), "李四") {
		t.Errorf("%+v %q", p.Parcels[0], p.Report.Notes)
	}
}

func TestAMappingIsRefusedForWhatItGetsWrong(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"an unknown kind": "kind: cattle", "a misspelt role": "kind: subsidies\ncolumns: {amnt: 金额}", "an unknown field": "kind: parcels\ncolums: {}",
		"a unit": "kind: parcels\narea_unit: acre", "a county": "kind: parcels\ncounty: '12'",
	} {
		if _, err := registry.ReadMapping(strings.NewReader(text)); !errors.Is(err, registry.ErrMapping) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := registry.MappingFile{Kind: registry.ParcelTable, Columns: map[string]string{"id": "x"}}
	b := a
	b.ConfirmedBy = "李四"
	c := registry.MappingFile{Kind: registry.ParcelTable, Columns: map[string]string{"id": "y"}}
	if a.Digest() != b.Digest() || a.Digest() == c.Digest() {
		t.Error("the digest is not that of what the mapping decides")
	}
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := registry.ReadMapping(bytes.NewReader(text)); err != nil || got.Digest() != b.Digest() {
		t.Errorf("as JSON: %v %+v", err, got)
	}
}

func FuzzMapping(f *testing.F) {
	f.Add([]byte("kind: parcels\ncolumns: {id: DKBM}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := registry.ReadMapping(bytes.NewReader(b))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := m.WriteYAML(&out, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := registry.ReadMapping(&out); err != nil {
			t.Errorf("does not read back: %v", err)
		}
	})
}
