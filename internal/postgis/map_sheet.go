package postgis

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"parus/internal/mapsheet"
	"parus/internal/publication"
)

// What the map's sheets are packed from. $1 is the publication.
const sheetParcels = `
select pp.id, pp.crop, pp.abstained, round(pp.match_p::numeric * 1000)::int, round(pp.line_fen / 100.0)::bigint, ST_AsBinary(pp.geom)
from published_parcel pp
where pp.publication = $1`

// A village is one point at the middle of its parcels, with its commonest crop
// by area and the mean line of its households.
const sheetVillages = `
with crops as (
    select distinct on (village) village, crop from (
        select village, case when abstained then '' else crop end as crop, sum(area_m2) as area
        from published_parcel where publication = $1 group by 1, 2
    ) a order by village, area desc, crop
),
middle as (
    select village, count(*) as parcels, round(sum(area_m2))::bigint as area_m2,
           avg((ST_XMin(geom) + ST_XMax(geom)) / 2) as x, avg((ST_YMin(geom) + ST_YMax(geom)) / 2) as y
    from published_parcel where publication = $1 group by village
),
lines as (
    select village, count(*) as households, round(avg(line_fen) / 100.0)::bigint as line
    from published_household where publication = $1 group by village
)
select m.village, m.x, m.y, m.parcels, m.area_m2, c.crop, coalesce(l.households, 0), l.line
from middle m join crops c using (village) left join lines l using (village)
order by m.village collate "C"`

// scanSheetParcel reads a row of sheetParcels.
func scanSheetParcel(row pgx.CollectableRow) (p mapsheet.Parcel, err error) {
	var shape []byte
	if err := row.Scan(&p.ID, &p.Crop, &p.Abstained, &p.Match, &p.Line, &shape); err != nil {
		return p, err
	}
	g, err := wkb.Unmarshal(shape)
	if err != nil {
		return p, fmt.Errorf("shape of parcel %s: %w", p.ID, err)
	}
	many, ok := g.(orb.MultiPolygon)
	if !ok {
		return p, fmt.Errorf("shape of parcel %s is a %s", p.ID, g.GeoJSONType())
	}
	p.Shape = make([][][]mapsheet.Point, len(many))
	for i, polygon := range many {
		p.Shape[i] = make([][]mapsheet.Point, len(polygon))
		for j, ring := range polygon {
			points := make([]mapsheet.Point, len(ring))
			for k, at := range ring {
				points[k] = mapsheet.PointOf(at[0], at[1])
			}
			p.Shape[i][j] = points
		}
	}
	return p, nil
}

func scanVillage(row pgx.CollectableRow) (v mapsheet.Village, err error) {
	var x, y float64
	err = row.Scan(&v.ID, &x, &y, &v.Parcels, &v.AreaM2, &v.Crop, &v.Households, &v.Line)
	v.At = mapsheet.PointOf(x, y)
	return v, err
}

// asker is a transaction, or an access for single statements.
type asker interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// packVillages packs all villages of a publication.
func packVillages(ctx context.Context, q asker, id int64) (shapes, lines []byte, err error) {
	rows, err := q.Query(ctx, sheetVillages, id)
	if err != nil {
		return nil, nil, err
	}
	villages, err := pgx.CollectRows(rows, scanVillage)
	if err != nil {
		return nil, nil, err
	}
	shapes, lines = mapsheet.PackVillages(villages)
	return shapes, lines, nil
}

// keepSheets packs a publication that was just written and keeps what comes of
// it. Parcels pass by one at a time: what is held is what is kept.
func keepSheets(ctx context.Context, tx pgx.Tx, id int64, county string) error {
	shapes, lines, err := packVillages(ctx, tx, id)
	if err != nil {
		return fmt.Errorf("villages of the map: %w", err)
	}
	type sheet struct {
		mapsheet.Cell
		shapes, lines []byte
	}
	sheets := []sheet{{shapes: shapes, lines: lines}}
	packers, err := packParcels(ctx, tx, id)
	if err != nil {
		return fmt.Errorf("parcels of the map: %w", err)
	}
	for cell, p := range packers {
		shapes, lines := p.Bytes()
		sheets = append(sheets, sheet{cell, shapes, lines})
	}
	slices.SortFunc(sheets, func(a, b sheet) int { return a.Compare(b.Cell) })
	columns := []string{"publication", "county", "z", "x", "y", "shapes", "lines"}
	err = copyInto(ctx, tx, "map_sheet", columns, pgx.CopyFromSlice(len(sheets), func(i int) ([]any, error) {
		s := sheets[i]
		return []any{id, county, int16(s.Z), int32(s.X), int32(s.Y), s.shapes, s.lines}, nil
	}))
	if err != nil {
		return fmt.Errorf("keep the map's sheets: %w", err)
	}
	const kept = `update publication set sheets = $2,
		bound = (select ST_Extent(bound::geometry)::box2d from published_household where publication = $1) where id = $1`
	if _, err := tx.Exec(ctx, kept, id, len(sheets)); err != nil {
		return fmt.Errorf("keep the map's sheets: %w", err)
	}
	return nil
}

func packParcels(ctx context.Context, tx pgx.Tx, id int64) (map[mapsheet.Cell]*mapsheet.Packer, error) {
	rows, err := tx.Query(ctx, sheetParcels+` order by pp.id collate "C"`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	packers := map[mapsheet.Cell]*mapsheet.Packer{}
	for rows.Next() {
		p, err := scanSheetParcel(rows)
		if err != nil {
			return nil, err
		}
		for _, cell := range mapsheet.TouchedBy(p.Shape) {
			if packers[cell] == nil {
				packers[cell] = &mapsheet.Packer{}
			}
			packers[cell].Add(p)
		}
	}
	return packers, rows.Err()
}

// keepShown makes what is shown of a publication that was just written, and
// keeps it beside its rows.
func keepShown(ctx context.Context, tx pgx.Tx, id int64, county string) error {
	if err := keepSheets(ctx, tx, id, county); err != nil {
		return err
	}
	sum, err := addUp(ctx, tx, []string{county}, id)
	if err != nil {
		return fmt.Errorf("add up: %w", err)
	}
	text, err := json.Marshal(sum)
	if err != nil {
		return fmt.Errorf("add up: %w", err)
	}
	_, err = tx.Exec(ctx, `update publication set summary = $2 where id = $1`, id, text)
	return err
}

// KeepShown makes what is shown of a publication that has nothing kept, as one
// from before that was done, so that it is shown as fast as a new one.
func (db *DB) KeepShown(ctx context.Context, id int64) error {
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		var county string
		var kept *int
		const find = `select county, sheets from publication where id = $1 for update`
		if err := tx.QueryRow(ctx, find, id).Scan(&county, &kept); err != nil || kept != nil {
			return err
		}
		return keepShown(ctx, tx, id, county)
	})
	if err != nil {
		return fmt.Errorf("pack the map of publication %d: %w", id, err)
	}
	return nil
}

// KeepMissing does so for every publication in force that has nothing kept, and
// returns how many those were.
func (db *DB) KeepMissing(ctx context.Context) (n int, err error) {
	const missing = `select id from publication where in_force and sheets is null order by id`
	rows, err := db.pool.Query(ctx, missing)
	if err != nil {
		return 0, fmt.Errorf("publications without a packed map: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return 0, fmt.Errorf("publications without a packed map: %w", err)
	}
	for _, id := range ids {
		if err := db.KeepShown(ctx, id); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// selectSheets has $1 = publication, $2 = county prefixes, $3 = whether lines
// are read, $4 to $6 = the cells. It has a row for each cell that is kept, and
// one at least where the reader may see the publication.
const selectSheets = `
select p.sheets is not null, s.z, s.x, s.y, s.shapes, s.lines
from publication p left join lateral (
    select m.z, m.x, m.y, m.shapes, case when $3 then m.lines end as lines
    from unnest($4::smallint[], $5::int[], $6::int[]) c (z, x, y) join map_sheet m on m.publication = $1 and m.z = c.z and m.x = c.x and m.y = c.y
) s on true
where p.id = $1 and exists (select 1 from unnest($2::text[]) prefix where starts_with(p.county, prefix))`

// MapSheets returns the sheets of cells of a publication, without those in which
// nothing lies, or [publication.ErrNotFound]. Lines are nil where the scope has
// no scores: kept ones do not leave the database then.
func (db *DB) MapSheets(ctx context.Context, s publication.Scope, id int64, cells []mapsheet.Cell) ([]mapsheet.Packed, error) {
	z, x, y := make([]int16, len(cells)), make([]int32, len(cells)), make([]int32, len(cells))
	for i, c := range cells {
		z[i], x[i], y[i] = int16(c.Z), int32(c.X), int32(c.Y)
	}
	rows, err := db.in(s).Query(ctx, selectSheets, id, prefixes(s), s.Scores, z, x, y)
	if err != nil {
		return nil, fmt.Errorf("map of publication %d: %w", id, err)
	}
	seen, kept := false, false
	var out []mapsheet.Packed
	for rows.Next() {
		var cz *int16
		var cx, cy *int32
		var p mapsheet.Packed
		if err := rows.Scan(&kept, &cz, &cx, &cy, &p.Shapes, &p.Lines); err != nil {
			rows.Close()
			return nil, fmt.Errorf("map of publication %d: %w", id, err)
		}
		seen = true
		if cz != nil {
			p.Cell = mapsheet.Cell{Z: int(*cz), X: int(*cx), Y: int(*cy)}
			out = append(out, p)
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("map of publication %d: %w", id, err)
	}
	if !seen {
		return nil, fmt.Errorf("map of publication %d: %w", id, publication.ErrNotFound)
	}
	if !kept {
		return db.packNow(ctx, s, id, cells)
	}
	return out, nil
}

// packNow packs cells of a publication from before they were kept.
func (db *DB) packNow(ctx context.Context, s publication.Scope, id int64, cells []mapsheet.Cell) ([]mapsheet.Packed, error) {
	const near = ` and pp.geom && ST_MakeEnvelope($2, $3, $4, $5, 3857) order by pp.id collate "C"`
	var out []mapsheet.Packed
	for _, cell := range cells {
		p := mapsheet.Packed{Cell: cell}
		var err error
		if cell.OfVillages() {
			p.Shapes, p.Lines, err = packVillages(ctx, db.in(s), id)
		} else {
			b := cell.Bounds()
			var rows pgx.Rows
			var parcels []mapsheet.Parcel
			if rows, err = db.in(s).Query(ctx, sheetParcels+near, id, b[0], b[1], b[2], b[3]); err == nil {
				parcels, err = pgx.CollectRows(rows, scanSheetParcel)
			}
			var packer mapsheet.Packer
			for _, parcel := range parcels {
				packer.Add(parcel)
			}
			p.Shapes, p.Lines = packer.Bytes()
		}
		if err != nil {
			return nil, fmt.Errorf("pack the map of publication %d: %w", id, err)
		}
		if !s.Scores {
			p.Lines = nil
		}
		out = append(out, p)
	}
	return out, nil
}
