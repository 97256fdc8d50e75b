package alert_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"parus/fields"
	"parus/fields/catalogue"
	"parus/fixtures"
	"parus/imagery"
	"parus/imagery/zonal"
	"parus/yield/alert"
)

// trial is one generated county, seen through its scenes with their clouds, and
// watched after every scene as it lands.
type trial struct {
	seed             uint64
	households, size int
	dates            int
	damage           map[string]float64
	wrong            int  // every so many parcels has another crop; 0: none
	summer           bool // only that season
	county           *fixtures.County
	water            []map[time.Time]float64 // per parcel, MNDWI of its means
	found, undamaged int
	alerts, falsely  int
	byKind           map[string]*score
}

type score struct {
	planted, severe, found, foundSevere int
	named, right                        int   // found with a cause, with the right one
	afterEvent, afterClear              []int // days
}

// TestPlantedDamageIsFound measures recall, precision and delay. By default it
// looks at one small county and asks for what must not get worse; docs/results.md
// tells how its table is made.
func TestPlantedDamageIsFound(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a generated county is left to the full test")
	}
	seeds, big := os.LookupEnv("PARUS_ALERT_SEEDS")
	if !big {
		tr := trial{seed: 31, households: 110, size: 256, dates: 60, summer: true, damage: map[string]float64{fixtures.DamageAbandonment: 0.08}, wrong: 20}
		tr.run(t)
		t.Log(tr.String())
		if s := tr.byKind[fixtures.DamageAbandonment]; s == nil || s.planted < 10 || float64(s.found) < 0.6*float64(s.planted) {
			t.Errorf("of parcels that were given up %+v", s)
		}
		if float64(tr.falsely) > 0.03*float64(tr.undamaged) {
			t.Errorf("%d false alerts on %d undamaged parcels", tr.falsely, tr.undamaged)
		}
		return
	}
	households, size := 900, 704
	kinds := [][]string{{fixtures.DamageHail}, {fixtures.DamageFlood}, {fixtures.DamageDrought}, {fixtures.DamageAbandonment}, {}}
	if v := os.Getenv("PARUS_ALERT_KINDS"); v == "together" {
		kinds = [][]string{{fixtures.DamageHail, fixtures.DamageFlood, fixtures.DamageDrought, fixtures.DamageAbandonment}}
	}
	dates := 72
	if v := os.Getenv("PARUS_ALERT_DATES"); v != "" {
		dates, _ = strconv.Atoi(v)
	}
	for _, text := range strings.Split(seeds, ",") {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range kinds {
			tr := trial{seed: seed, households: households, size: size, dates: dates, damage: map[string]float64{}, wrong: 20}
			for _, kind := range k {
				tr.damage[kind] = 0.03
			}
			tr.run(t)
			t.Logf("seed %d, %v, %d dates: %s", seed, k, dates, tr.String())
		}
	}
}

func (tr *trial) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d alerts, %d on damaged parcels; false: %d on %d undamaged parcels and seasons (%.1f per 1000)",
		tr.alerts, tr.found, tr.falsely, tr.undamaged, 1000*float64(tr.falsely)/float64(tr.undamaged))
	for _, kind := range fixtures.DamageKinds() {
		if s := tr.byKind[kind]; s != nil {
			slices.Sort(s.afterEvent)
			slices.Sort(s.afterClear)
			fmt.Fprintf(&b, "; %s: %d of %d (loss ≥ 20 %%: %d of %d)", kind, s.found, s.planted, s.foundSevere, s.severe)
			fmt.Fprintf(&b, ", %d with a cause, %d with its own", s.named, s.right)
			if n := len(s.afterEvent); n > 0 {
				fmt.Fprintf(&b, ", days after the event %d (median) %d (90 %%), after the first clear date %d, %d",
					s.afterEvent[n/2], s.afterEvent[n*9/10], s.afterClear[n/2], s.afterClear[n*9/10])
			}
		}
	}
	return b.String()
}

func (tr *trial) run(t *testing.T) {
	t.Helper()
	c, err := fixtures.NewCounty(fixtures.Config{Seed: tr.seed, Households: tr.households, SizePx: tr.size, Dates: tr.dates, Damage: tr.damage, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	tr.county, tr.byKind = c, map[string]*score{}
	seen := tr.look()
	for _, s := range []fields.Season{
		{Name: fixtures.WinterSeason, Start: time.Date(2024, 10, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2025, 6, 20, 0, 0, 0, 0, time.UTC)},
		{Name: fixtures.SummerSeason, Start: time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2025, 10, 20, 0, 0, 0, 0, time.UTC)},
	} {
		if !tr.summer || s.Name == fixtures.SummerSeason {
			tr.watch(t, s, seen)
		}
	}
}

// look measures every parcel in every scene, as observation does: mean NDVI,
// red and blue of the pixels that the mask, with a margin, leaves.
func (tr *trial) look() []alert.Parcel {
	c, n := tr.county, tr.size
	off := 10 * float64((fixtures.FullTilePx-n)/2) // the scenes lie in the middle of their tile
	g := imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{499980 + off, 10, 0, 4100040 - off, 0, -10}, Width: n, Height: n}
	shapes := make([]zonal.Shape, len(c.Parcels))
	out := make([]alert.Parcel, len(c.Parcels))
	at := map[string]int{}
	for i := range c.Parcels {
		p := &c.Parcels[i]
		m := p.Ring.Bound().Center()
		shapes[i] = zonal.Shape{ID: p.ID, Polygon: orb.MultiPolygon{{p.Ring}}}
		out[i], at[p.ID] = alert.Parcel{ID: p.ID, EastM: m[0], NorthM: m[1]}, i
	}
	tr.water = make([]map[time.Time]float64, len(c.Parcels))
	for i := range tr.water {
		tr.water[i] = map[time.Time]float64{}
	}
	cover, _ := zonal.Cover(g, shapes)
	for k := range c.Dates {
		d := &c.Dates[k]
		if tr.summer && d.Time.Month() < time.June {
			continue
		}
		dn := c.Scene(d)
		masked := cloudy(dn[fixtures.NumBands], n/2)
		for i, id := range cover.IDs {
			var covered, clear, red, blue, ndvi, green, swir float64
			add := func(px uint32, f float64) {
				covered += f
				x, y := int(px)%n, int(px)/n
				half := (y/2)*(n/2) + x/2
				if masked[half] {
					return
				}
				r, b, nir := (float64(dn[fixtures.B04][px])-d.OffsetDN)/1e4, (float64(dn[fixtures.B02][px])-d.OffsetDN)/1e4, (float64(dn[fixtures.B08][px])-d.OffsetDN)/1e4
				clear, red, blue, ndvi = clear+f, red+f*r, blue+f*b, ndvi+f*(nir-r)/math.Max(1e-3, nir+r)
				green, swir = green+f*(float64(dn[fixtures.B03][px])-d.OffsetDN), swir+f*(float64(dn[fixtures.B11][half])-d.OffsetDN)
			}
			for _, s := range cover.Spans(i) {
				for px := s.Index; px < s.Index+s.N; px++ {
					add(px, 1)
				}
			}
			for _, e := range cover.Cells(i) {
				add(e.Index, float64(e.Fraction)/(1<<24))
			}
			tr.water[at[id]][d.Time] = (green - swir) / math.Max(1, green+swir)
			p := &out[at[id]]
			p.Dates, p.Valid = append(p.Dates, d.Time), append(p.Valid, clear/covered)
			p.NDVI, p.Red, p.Blue = append(p.NDVI, ndvi/clear), append(p.Red, red/clear), append(p.Blue, blue/clear)
		}
	}
	return out
}

// cloudy marks the pixels of the mask that do not count, clouds and shadows
// with a margin of one pixel.
func cloudy(scl []uint16, n int) []bool {
	out := make([]bool, len(scl))
	for i, v := range scl {
		switch v {
		case 0, 1, 11:
			out[i] = true
		case 3, 8, 9, 10:
			for y := max(0, i/n-1); y <= min(n-1, i/n+1); y++ {
				for x := max(0, i%n-1); x <= min(n-1, i%n+1); x++ {
					out[y*n+x] = true
				}
			}
		}
	}
	return out
}

// watch lets the season's scenes land one after the other.
func (tr *trial) watch(t *testing.T, s fields.Season, seen []alert.Parcel) {
	t.Helper()
	crops, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	county := alert.County{Season: s, Harvest: map[string]time.Time{}}
	for _, code := range crops.Codes() {
		crop, err := crops.Crop(code)
		if err != nil {
			t.Fatal(err)
		}
		if d, ok := crop.HarvestBegin(s.Start); ok {
			county.Harvest[code] = d
		}
	}
	raised, causes := map[string]time.Time{}, map[string]string{}
	var before []alert.Finding
	for i := range tr.county.Dates {
		now := tr.county.Dates[i].Time
		if now.Before(s.Start) || now.After(s.End) {
			continue
		}
		county.Parcels = tr.until(s, seen, now)
		tr.strike(t, crops, s, county.Parcels, now)
		before = alert.Detect(county, before, alert.Defaults())
		for _, f := range before {
			if _, ok := raised[f.ParcelID]; !ok {
				raised[f.ParcelID] = now
			}
			if f.Evidence.Cause != nil {
				causes[f.ParcelID] = f.Evidence.Cause.Kind
			}
		}
	}
	tr.judge(s, seen, raised, causes)
}

// until is what is known of the parcels on a day of a season: the scenes up to
// it, and the crop of the larger field, or a wrong one.
func (tr *trial) until(s fields.Season, seen []alert.Parcel, now time.Time) []alert.Parcel {
	out := make([]alert.Parcel, 0, len(seen))
	for i, p := range seen {
		p.Crop = tr.county.Parcels[i].Main().Crop(s.Name)
		if tr.wrong > 0 && i%tr.wrong == 7 {
			p.Crop = tr.county.Parcels[(i+tr.wrong/2)%len(seen)].Main().Crop(s.Name)
		}
		from := slices.IndexFunc(p.Dates, func(d time.Time) bool { return !d.Before(s.Start) })
		to := from
		for from >= 0 && to < len(p.Dates) && !p.Dates[to].After(now) {
			to++
		}
		if from < 0 {
			from, to = 0, 0
		}
		p.Dates, p.NDVI, p.Valid, p.Red, p.Blue = p.Dates[from:to], p.NDVI[from:to], p.Valid[from:to], p.Red[from:to], p.Blue[from:to]
		out = append(out, p)
	}
	return out
}

func (tr *trial) judge(s fields.Season, seen []alert.Parcel, raised map[string]time.Time, causes map[string]string) {
	for i, p := range seen {
		at, ok := raised[p.ID]
		if ok {
			tr.alerts++
		}
		var d *fixtures.Damage
		for k, x := range tr.county.Parcels[i].Main().Damages {
			if x.Season == s.Name {
				d = &tr.county.Parcels[i].Main().Damages[k]
			}
		}
		if d == nil {
			tr.undamaged++
			if ok {
				tr.falsely++
			}
			continue
		}
		k := tr.byKind[d.Kind]
		if k == nil {
			k = &score{}
			tr.byKind[d.Kind] = k
		}
		k.planted++
		if d.Loss >= 0.2 {
			k.severe++
		}
		if !ok || at.Before(d.From) {
			continue
		}
		k.found++
		k.blame(d.Kind, causes[p.ID])
		tr.found++
		if d.Loss >= 0.2 {
			k.foundSevere++
		}
		first := at
		for j, date := range p.Dates {
			if !date.Before(d.From) && p.Valid[j] >= 0.5 {
				first = date
				break
			}
		}
		k.afterEvent = append(k.afterEvent, int(at.Sub(d.From).Hours()/24))
		k.afterClear = append(k.afterClear, int(at.Sub(first).Hours()/24))
	}
}
