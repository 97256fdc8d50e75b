package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"parus/fields"
	"parus/internal/postgis"
	"parus/internal/season"
	"parus/internal/services/servicetest"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(servesMark); url != "" {
		os.Exit(serveAlone(url))
	}
	servicetest.Main(m)
}

// county is one invented county to be seeded. Its codes are unassigned, so
// nobody can have such an id.
type county struct {
	code, name string
	lon, lat   float64 // south-west corner
	villages   int
}

var (
	own     = county{code: "370199", name: "青禾县", lon: 117.20, lat: 36.70, villages: 6}
	foreign = county{code: "370198", name: "远山县", lon: 118.60, lat: 35.90, villages: 1}
)

// seeded is a database with both counties published, and what tests need to
// know of it.
type seeded struct {
	db           *postgis.DB
	url          string
	own, foreign int64            // publications
	earlier      int64            // of the own county, replaced by own
	runOf        map[string]int64 // by county
	rows         map[string]seedParcel
	first        seedParcel // in the first village of the own county, with a line
	struck       seedParcel // the same, fallen below the county's band in August
}

type seedParcel struct {
	id, household, village, name, crop string
	corners                            [4][2]float64
	areaM2                             float64
	abstained                          bool
	line                               int64 // fen, of the household
	struck                             bool
}

// facts are what the template holds; seed writes them while it makes the
// template, and every test reads them after.
var facts seeded

// seed clones a database that was migrated and filled once.
func seed(t *testing.T) seeded {
	t.Helper()
	url := servicetest.DatabaseFrom(t, "two counties", func(url string) (err error) {
		facts, err = fill(context.Background(), url)
		return err
	})
	db, err := postgis.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	s := facts
	s.db, s.url = db, url
	return s
}

func fill(ctx context.Context, url string) (seeded, error) {
	s := seeded{rows: map[string]seedParcel{}, runOf: map[string]int64{}}
	db, err := postgis.Open(ctx, url)
	if err != nil {
		return s, err
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		return s, err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return s, err
	}
	defer conn.Close(ctx)
	if s.own, err = s.publish(ctx, conn, own); err != nil {
		return s, err
	}
	s.foreign, err = s.publish(ctx, conn, foreign)
	return s, err
}

var seasonOf = fields.Season{
	Name:  "2025-summer",
	Start: time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC),
	End:   time.Date(2025, 10, 31, 0, 0, 0, 0, time.UTC),
}

// ids runs statements that each return one number, given the numbers before.
type ids struct {
	ctx  context.Context
	conn *pgx.Conn
	err  error
}

func (q *ids) one(sql string, args ...any) (id int64) {
	if q.err != nil {
		return 0
	}
	if err := q.conn.QueryRow(q.ctx, sql, args...).Scan(&id); err != nil {
		q.err = fmt.Errorf("%s: %w", sql, err)
	}
	return id
}

func (s *seeded) publish(ctx context.Context, conn *pgx.Conn, c county) (int64, error) {
	spec, err := json.Marshal(season.Spec{Season: seasonOf})
	if err != nil {
		return 0, err
	}
	if _, err := conn.Exec(ctx, `insert into county (code, name) values ($1, $2)`, c.code, c.name); err != nil {
		return 0, err
	}
	q := &ids{ctx: ctx, conn: conn}
	registry := q.one(`insert into registry_release (county, digest, source, report) values ($1, 'd', 'invented', '{}') returning id`, c.code)
	if q.err == nil {
		q.err = nameVillages(ctx, conn, registry, c)
	}
	run := q.one(`insert into season_run (county, season, registry, spec, digest, state) values ($1, $2, $3, $4, $1, 'done') returning id`,
		c.code, seasonOf.Name, registry, spec)
	unit := q.one(`insert into work (key, county, stage, item, payload, state) values ($1, $1, 'assemble', 'all', '{}', 'done') returning id`, c.code)
	s.runOf[c.code] = run
	if c.code == own.code {
		s.earlier = q.one(`insert into publication (county, season, registry, run, in_force) values ($1, $2, $3, $4, false) returning id`, c.code, seasonOf.Name, registry, run)
	}
	pub := q.one(`insert into publication (county, season, registry, run, in_force) values ($1, $2, $3, $4, true) returning id`,
		c.code, seasonOf.Name, registry, run)
	if q.err != nil {
		return 0, q.err
	}
	w := &seedWriter{county: c, publication: pub, unit: unit, rng: rand.New(rand.NewPCG(7, uint64(len(c.name))))}
	for v := range c.villages {
		w.village(s, v)
	}
	if err := conn.SendBatch(ctx, &w.batch).Close(); err != nil {
		return 0, fmt.Errorf("seed %s: %w", c.code, err)
	}
	if _, err = conn.Exec(ctx, householdsFromParcels, pub); err != nil {
		return 0, err
	}
	for i, id := range q.many(seedAlerts, pub, s.struck.id) {
		if id == 0 {
			return 0, fmt.Errorf("alert %d of %s", i, c.code)
		}
	}
	if q.err != nil {
		return 0, q.err
	}
	return pub, drawScenes(ctx, conn, q, c, run)
}

// villageNames are the registry's; two villages share one, the last has none.
var villageNames = []string{"柳河村", "东岭村", "小王庄", "柳河村", "北洼村", ""}

func villageCode(c county, v int) string { return fmt.Sprintf("%s1%02d2%02d", c.code, 1+v/3, 1+v) }

// nameVillages gives a release that holds nothing else the names of villages.
func nameVillages(ctx context.Context, conn *pgx.Conn, registry int64, c county) error {
	if _, err := conn.Exec(ctx, `select release_open($1)`, registry); err != nil {
		return err
	}
	var b pgx.Batch
	for v := range c.villages {
		if name := villageNames[v]; name != "" {
			b.Queue(fmt.Sprintf(`insert into release.village_%d (registry, code, name) values ($1, $2, $3)`, registry), registry, villageCode(c, v), name)
		}
	}
	b.Queue(`select release_close($1)`, registry)
	return conn.SendBatch(ctx, &b).Close()
}

// many is one for any number of rows.
func (q *ids) many(sql string, args ...any) []int64 {
	if q.err != nil {
		return nil
	}
	rows, err := q.conn.Query(q.ctx, sql, args...)
	if err == nil {
		var out []int64
		out, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		if err == nil {
			return out
		}
	}
	q.err = fmt.Errorf("%s: %w", sql, err)
	return nil
}

// seedAlerts raises an alert on the parcel that is struck and on eleven others,
// one of which is of a forecast.
const seedAlerts = `
with raised as (
	insert into alert (county, season, parcel_id, household_id, village, kind, episode, crop, first_on, last_on, strength, evidence, raised_at, updated_at)
	select p.county, '2025-summer', p.id, p.household_id, p.village, case when n = 5 then 'forecast_fell' else 'left_band' end, 1, p.crop, '2025-08-14', '2025-08-19',
		0.8 - n * 0.05, case when n = 5 then '{"before": 6900, "now": 5800, "county": -0.01, "revision_z": -3.4}'::jsonb else
		'{"dates": [{"date": "2025-08-14", "ndvi": 0.47, "median": 0.81, "p10": 0.77, "z": -8.4}, {"date": "2025-08-19", "ndvi": 0.46, "median": 0.81, "p10": 0.77, "z": -8.7}],
		"lowest_z": -8.7, "own": -0.3, "neighbours": 8, "outside": 3}'::jsonb end,
		'2025-08-20 04:00+00', '2025-08-20 04:00+00'
	from (select *, row_number() over (order by id <> $2, id) - 1 as n from published_parcel where publication = $1 and not abstained) p
	where n < 12 returning id, county)
insert into alert_event (alert, county, seq, at, actor, act, state, reason)
select id, county, 1, '2025-08-20 04:00+00', 'parus', 'raise', 'open', '' from raised returning alert`

const householdsFromParcels = `
update published_household h set parcels = p.n, area_m2 = p.area, bound = p.bound
from (select household_id, count(*) as n, sum(area_m2) as area, ST_Extent(ST_Transform(geom, 4326))::box2d as bound
      from published_parcel where publication = $1 group by household_id) p
where h.publication = $1 and h.id = p.household_id`

type seedWriter struct {
	county            county
	publication, unit int64
	rng               *rand.Rand
	batch             pgx.Batch
	households        int
}

var seedCrops = []string{"maize", "maize", "maize", "soybean", "peanut", "cotton", "potato", "orchard"}

const (
	strips = 26 // parcels side by side in one row of a village
	rowsOf = 5
)

// village lays out rows of narrow strips, turned a little, with roads between;
// every household has three strips in a row of the village.
func (w *seedWriter) village(s *seeded, v int) {
	code := villageCode(w.county, v)
	turn := (float64(v%3) - 1) * 0.12
	west, south := w.county.lon+float64(v%3)*0.022, w.county.lat+float64(v/3)*0.016
	for r := range rowsOf {
		x := 0.0
		var household string
		var line int64
		for i := range strips {
			if i%3 == 0 {
				w.households++
				household = fmt.Sprintf("%s%06d", code, w.households)
				line = w.household(household, code)
			}
			width := 45 + w.rng.Float64()*35 // metres
			gap := 0.0
			if i%9 == 8 {
				gap = 14
			}
			p := seedParcel{
				id: fmt.Sprintf("%s%07d", code, r*100+i+1), household: household, village: code,
				name: []string{"东地", "西洼", "河沿", "大路南", "老井边", "北坡"}[w.rng.IntN(6)],
				crop: seedCrops[w.rng.IntN(len(seedCrops))], line: line, areaM2: width * 250,
				abstained: w.rng.Float64() < 0.06,
			}
			for k, c := range [4][2]float64{{x, 0}, {x + width, 0}, {x + width, 250}, {x, 250}} {
				e, n := c[0], c[1]+float64(r)*275+8*math.Sin(c[0]/160)
				p.corners[k] = [2]float64{
					west + (e*math.Cos(turn)-n*math.Sin(turn))/89200,
					south + (e*math.Sin(turn)+n*math.Cos(turn))/111000,
				}
			}
			x += width + gap
			p.struck = s.struck.id == "" && r == 1 && i > 9 && p.line > 0 && p.crop == "maize" && !p.abstained
			if p.struck {
				s.struck = p
			}
			w.parcel(p)
			s.rows[p.id] = p
			if s.first.id == "" && p.line > 0 && !p.abstained && r == 2 {
				s.first = p
			}
		}
	}
}

var surnames = []string{"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "孙", "马"}

func (w *seedWriter) household(id, village string) int64 {
	line := int64(math.Exp(w.rng.NormFloat64()*1.1+8.9)/100) * 100 * 100
	referred := line < 1000_00
	if referred {
		line = 0
	}
	pd := 0.02 + w.rng.Float64()*0.03
	reasons := []map[string]any{
		{"code": "R02_CROP_CONFIDENCE", "zh": "作物识别不够确定", "en": "the crop is not recognised surely enough", "effect_fen": 1500_00, "lift_zh": "提交种植申报或现场照片，确认作物", "lift_en": "Confirm the crop by a planting declaration or a photo on site"},
		{"code": "R01_PARCEL_MATCH", "zh": "部分地块与影像中的田块对应不确定", "en": "some parcels may not be the fields that imagery shows", "effect_fen": 900_00, "lift_zh": "到现场核对地块四至", "lift_en": "Check the parcel's corners on site"},
		{"code": "R03_YIELD_UNCERTAINTY", "zh": "单产预测的不确定性", "en": "the yield forecast is uncertain", "effect_fen": 400_00, "lift_zh": "提供上一季的收购单据", "lift_en": "Bring the purchase receipts of last season"},
	}
	if w.households%5 == 0 {
		reasons = append(reasons, map[string]any{"code": "R06_EXISTING_DEBT", "zh": "还款日前有其他债务到期", "en": "other debts fall due before the harvest is paid", "effect_fen": 300_00, "lift_zh": "结清或延后现有贷款", "lift_en": "Repay or postpone the present loan"})
	}
	codes := make([]string, len(reasons))
	for i, r := range reasons {
		codes[i], _ = r["code"].(string)
	}
	decision, _ := json.Marshal(map[string]any{
		"reasons": reasons, "binding": "capacity", "due_date": "2025-11-20",
		"need_fen": line + 3200_00, "capacity_fen": line + 40_00, "value_fen": line + 2300_00, "cap_fen": 50000_00,
		"income":   map[string]any{"p10_fen": line * 5 / 4, "p50_fen": line * 2, "p90_fen": line * 3},
		"referral": map[bool]string{true: "a line of 640 is below the least of 1000"}[referred], "referral_zh": map[bool]string{true: "可支持额度 640 元低于最低额度 1000 元，转人工审核"}[referred],
	})
	w.batch.Queue(`insert into published_household (publication, county, id, village, display_name, parcels, area_m2, line_fen, pd, apr, due_date, referred, reasons, decision)
		values ($1, $2, $3, $4, $5, 0, 0, $6, $7, $8, '2025-11-20', $9, $10, $11)`,
		w.publication, w.county.code, id, village, surnames[w.households%len(surnames)]+"**", line, pd, 0.052+pd*0.65, referred, codes, decision)
	return line
}

func (w *seedWriter) parcel(p seedParcel) {
	best := 0.72 + w.rng.Float64()*0.26
	reason := ""
	if p.abstained {
		best, reason = 0.45, "probability 0.45 is below the cut-off 0.60"
	}
	second := "soybean"
	if p.crop == second {
		second = "maize"
	}
	classes := []string{p.crop, second, "no_crop", "tea"}
	posterior := []float64{best, (1 - best) * 0.7, (1 - best) * 0.2, (1 - best) * 0.1}
	kgPerHa := map[string]float64{"maize": 6900, "soybean": 2100, "peanut": 4300, "cotton": 1900, "potato": 21000, "orchard": 26000}[p.crop] * (0.9 + w.rng.Float64()*0.2)
	w.batch.Queue(`insert into published_parcel (publication, county, id, household_id, village, name, area_m2, match_p, crop, crop_p, abstained, reason,
		classes, posterior, yield_p10, yield_p50, yield_p90, observations, series_unit, yield_detail, line_fen, geom)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 14, $18, '{}', $19, ST_Transform(ST_GeomFromText($20, 4326), 3857))`,
		w.publication, w.county.code, p.id, p.household, p.village, p.name, p.areaM2, 0.8+w.rng.Float64()*0.19, p.crop, best, p.abstained, reason,
		classes, posterior, kgPerHa*0.82, kgPerHa, kgPerHa*1.17, w.unit, p.line, wkt(p.corners))
	w.series(p)
}

func wkt(c [4][2]float64) string {
	var b strings.Builder
	b.WriteString("MULTIPOLYGON(((")
	for _, p := range append(c[:], c[0]) {
		fmt.Fprintf(&b, "%.7f %.7f,", p[0], p[1])
	}
	return strings.TrimSuffix(b.String(), ",") + ")))"
}

// series invents a double logistic season with clouds.
func (w *seedWriter) series(p seedParcel) {
	peak := 0.82 + w.rng.NormFloat64()*0.03
	up, down := 38+w.rng.NormFloat64()*4, 116+w.rng.NormFloat64()*4
	if p.crop == "orchard" {
		peak, up, down = 0.68, 5, 150
	}
	ndvi := func(day float64) float64 {
		return 0.18 + (peak-0.18)*(1/(1+math.Exp(-(day-up)/7))-1/(1+math.Exp(-(day-down)/6)))
	}
	var dates []time.Time
	var valid, vals, sd, smooth []float32
	var scenes []string
	for day := 2; day < seasonOf.Days(); day += 5 {
		clear := float32(1)
		if h := (day * 7919) % 17; h < 5 {
			clear = float32(h) / 12
		}
		v := ndvi(float64(day)) + w.rng.NormFloat64()*0.015
		if p.struck && day > 70 {
			v = 0.2 + (v-0.2)*0.45
		}
		switch {
		case clear == 0:
			v = math.NaN()
		case clear < 0.5:
			v *= 0.7
		}
		dates = append(dates, seasonOf.Start.AddDate(0, 0, day))
		valid, vals, sd = append(valid, clear), append(vals, float32(v)), append(sd, 0.03)
		scenes = append(scenes, fmt.Sprintf("S2_%03d", day))
	}
	for day := range seasonOf.Days() {
		smooth = append(smooth, float32(ndvi(float64(day))))
	}
	w.batch.Queue(`insert into series (unit, parcel_id, pixels, dates, scenes, valid, layers, vals, ndvi_sd, smooth) values ($1, $2, 120, $3, $4, $5, '{ndvi}', $6, $7, $8)`,
		w.unit, p.id, dates, scenes, valid, vals, sd, smooth)
}
