package registry

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Planting is one declaration of what grows on a parcel.
type Planting struct {
	Row         int // in its table, from 1
	ParcelID    string
	HouseholdID string // of the declared grower, "" where the county does not know it
	Year        int    // 0 where unknown
	Winter      bool   // the season of winter crops; false: summer, or unknown
	Crop        string // catalogue code
	Variety     string
	Sown        time.Time // zero where unknown
	AreaM2      float64   // declared, m²; 0 where unknown
	Leased      bool      // the grower declares land of somebody else
	Insured     bool
}

// Plantings is what was read of a table of declarations.
type Plantings struct {
	Rows    []Planting
	Mapping MappingFile
	Report  Report
}

// cropAliases are names that counties use beside the catalogue's. General
// knowledge; the crops of a mapping override them. 小麦 is winter wheat unless
// the mapping says otherwise, 水稻 single-season rice.
var cropAliases = map[string]string{
	"小麦": "winter_wheat", "麦子": "winter_wheat", "苞米": "maize", "玉蜀黍": "maize", "棒子": "maize", "籽粒玉米": "maize",
	"水稻": "rice_single", "稻谷": "rice_single", "稻子": "rice_single", "单季稻": "rice_single", "中稻": "rice_single", "一季稻": "rice_single",
	"早稻": "rice_early", "晚稻": "rice_late", "双季晚稻": "rice_late", "粳稻": "rice_japonica", "黄豆": "soybean", "花生米": "peanut",
	"油菜籽": "rapeseed", "油菜": "rapeseed", "棉花": "cotton", "皮棉": "cotton", "土豆": "potato", "洋芋": "potato", "蒜": "garlic",
	"休耕": "fallow", "撂荒": "no_crop", "空闲": "no_crop", "烟叶": "tobacco", "茶叶": "tea", "西红柿": "tomato", "葵花": "sunflower",
}

// cropNames joins the catalogue's names, which the caller gives as name →
// code, with names that counties use.
func cropNames(catalogue map[string]string) map[string]string {
	out := map[string]string{}
	codes := slices.Collect(maps.Values(catalogue))
	for n, c := range cropAliases {
		if slices.Contains(codes, c) {
			out[n] = c
		}
	}
	for n, c := range catalogue {
		out[strings.ToLower(n)] = c
		if short := plainHead(n); short != "" { // 棉花（皮棉） is 棉花 too
			out[short] = c
		}
	}
	for _, c := range codes {
		out[c] = c
	}
	return out
}

// suggestCrops lists the names of crops in a sample that no catalogue knows,
// with an empty code to be filled in.
func suggestCrops(sample [][]string, column int, names map[string]string) map[string]string {
	out := map[string]string{}
	for _, r := range sample {
		n := strings.TrimSpace(r[column])
		if _, known := cropCode(n, names); n != "" && !known && len(out) < 200 {
			out[strings.Clone(n)] = ""
		}
	}
	return out
}

// cropCode finds the code of a crop by its name, also without what stands in
// brackets and without the season in front: 夏玉米 is 玉米.
func cropCode(name string, names map[string]string) (string, bool) {
	short := plainHead(name)
	for _, n := range []string{strings.ToLower(name), short, strings.TrimLeft(short, "春夏秋冬")} {
		if c := names[n]; c != "" {
			return c, true
		}
	}
	return "", false
}

// ReadPlantings reads a county's planting declarations (CSV or XLSX) by a
// mapping, joins each row to a parcel and its grower to a household, and turns
// names of crops into catalogue codes. A grower unknown to the registry is
// kept without a household, since tenants come from elsewhere too; a row
// without a known parcel or crop is quarantined and reported.
func ReadPlantings(ctx context.Context, path string, m MappingFile, roll *Roll, opt Options) (*Plantings, error) {
	if m.Kind != PlantingTable {
		return nil, fmt.Errorf("%w: it is of %s, the table is of plantings", ErrMapping, m.Kind)
	}
	names := cropNames(opt.Crops)
	for n, c := range m.Crops {
		if c == "" {
			continue // a suggestion that nobody filled in
		}
		if _, ok := names[c]; !ok {
			return nil, fmt.Errorf("%w: crops: %q is %q, which the catalogue lacks", ErrMapping, n, c)
		}
		names[strings.ToLower(n)] = c
	}
	out := &Plantings{Mapping: m}
	x := &tableRead{layer: "plantings", m: m, roll: roll, opt: opt}
	seen := map[string]int{}
	err := x.run(ctx, path, []string{"parcel", "crop crop_code"}, func() {
		if p, ok := x.planting(names, seen); ok {
			out.Rows = append(out.Rows, p)
		}
	})
	out.Report = x.rep
	if err != nil && x.rep.Counts == nil {
		return nil, err
	}
	return out, err
}

// planting reads the current row; false where it is of no use.
func (x *tableRead) planting(names map[string]string, seen map[string]int) (Planting, bool) {
	w := Planting{Row: x.n, Variety: strings.Clone(x.get("variety"))}
	parcel := x.parcel(SeverityError)
	if parcel == nil {
		if x.key == "" {
			x.note(ParcelUnknown, SeverityError, "没有地块编码 / no parcel code")
		}
		return w, false
	}
	w.ParcelID = parcel.ID
	var known bool
	if w.Crop, known = x.crop(names); !known {
		return w, false
	}
	w.Year, _ = strconv.Atoi(strings.TrimSuffix(x.get("year"), "年"))
	w.Winter = strings.ContainsAny(x.get("season"), "冬秋") || strings.EqualFold(x.get("season"), "winter")
	if w.AreaM2 = x.areaM2("area"); w.AreaM2 > 0 && parcel.AreaM2 > 0 && w.AreaM2 > (1+areaErrorRatio)*parcel.AreaM2 {
		x.note(AreaMismatch, SeverityWarning, "申报 %.1f m²，地块 %.1f m² / more is declared than the parcel holds", w.AreaM2, parcel.AreaM2)
	}
	if d := x.get("sown"); d != "" {
		var good bool
		if w.Sown, good = parseDate(d); !good {
			x.note(FieldType, SeverityWarning, "%s %q 不是日期 / is no date", x.m.Columns["sown"], d)
		}
	}
	w.Insured = slices.Contains([]string{"是", "1", "y", "yes", "true", "已投保"}, strings.ToLower(x.get("insured")))
	w.Leased = strings.ContainsAny(x.get("tenure"), "流租转")
	k := fmt.Sprint(w.ParcelID, w.Year, w.Winter, w.Crop, math.Round(w.AreaM2))
	if first, twice := seen[k]; twice {
		x.note(RowRepeated, SeverityWarning, "与第 %d 行申报相同 / declares the same as row %d", first, first)
	}
	seen[k] = x.n
	x.grower(&w)
	return w, x.state != quarantined
}

// crop reads the crop by its code or its name.
func (x *tableRead) crop(names map[string]string) (string, bool) {
	for _, cell := range []string{x.get("crop_code"), x.get("crop")} {
		if cell == "" {
			continue
		}
		if c, ok := cropCode(cell, names); ok {
			return c, true
		}
	}
	x.note(CropUnknown, SeverityError, "作物 %q 不在作物目录中 / crop is not in the catalogue", x.get("crop")+x.get("crop_code"))
	return "", false
}

// grower joins the grower.
func (x *tableRead) grower(w *Planting) {
	l := x.roll.household(x.get)
	if l.code == "" {
		w.HouseholdID = l.household
	} else if l.by != "" {
		x.note(l.code, SeverityWarning, "按 %s 查不到唯一的经营者，仍采用其作物 / no single grower by %s; the crop is used all the same", x.column(l.by), x.column(l.by))
	}
}
