package postgis

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"

	"parus/imagery"
	"parus/imagery/zonal"
	"parus/internal/season"
)

// touching lists, for the parcels of a registry release, the blocks of a
// lattice that their bounding boxes touch. A parcel is at home in the block of
// its lower left corner.
// "offset 0" keeps PostgreSQL from projecting each shape anew for every place
// where it is named, which is most of the work: 0.27 s instead of 0.73 s of a
// processor for 20,000 parcels.
// $1 registry, $2 SRID of the lattice, $3 side of a block in CRS units.
const touching = `
	with moved as (
		select id, geom, st_transform(geom, $2::int) as g from parcel where registry = $1 offset 0
	), span as (
		select id, geom, g, floor(st_xmin(g) / $3)::int as c0, floor(st_xmax(g) / $3)::int as c1,
			floor(st_ymin(g) / $3)::int as r0, floor(st_ymax(g) / $3)::int as r1
		from moved
	)`

// touchingNear is touching for the surroundings of one block, by index.
// $4 column and $5 row of the block.
const touchingNear = `
	with area as (
		select st_expand(st_transform(st_segmentize(st_makeenvelope(
			$4::int * $3::float8, $5::int * $3::float8, ($4::int + 1) * $3::float8, ($5::int + 1) * $3::float8, $2::int), $3::float8 / 8), 4326), 0.0005) as box
	), moved as (
		select id, geom, st_transform(geom, $2::int) as g from parcel, area where registry = $1 and geom && box offset 0
	), span as (
		select id, g, floor(st_xmin(g) / $3)::int as c0, floor(st_xmax(g) / $3)::int as c1,
			floor(st_ymin(g) / $3)::int as r0, floor(st_ymax(g) / $3)::int as r1
		from moved
	)`

// knownBlocks remembers the blocks of the release asked for last: a release never
// changes, every stage plans by its blocks, and working them out projects
// all its parcels.
type knownBlocks struct {
	mu       sync.Mutex
	registry int64
	lattice  imagery.Lattice
	all      []season.Block
}

// RegistryBlocks returns the blocks of the lattice that the release's parcels
// touch, west to east and, within, south to north.
func (db *DB) RegistryBlocks(ctx context.Context, registry int64, l imagery.Lattice) ([]season.Block, error) {
	k := db.blocks
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all != nil && k.registry == registry && k.lattice == l {
		return slices.Clone(k.all), nil
	}
	all, err := db.workOutBlocks(ctx, registry, l)
	if err == nil {
		k.registry, k.lattice, k.all = registry, l, slices.Clone(all)
	}
	return all, err
}

func (db *DB) workOutBlocks(ctx context.Context, registry int64, l imagery.Lattice) ([]season.Block, error) {
	const blocks = touching + `, touch as (
			select id, geom, c0, r0, c, r from span, generate_series(c0, c1) c, generate_series(r0, r1) r
		), block as (
			select c, r, count(*) as touched, count(*) filter (where c = c0 and r = r0) as home,
				st_extent(geom)::geometry as b,
				encode(sha256(convert_to(string_agg(id || ' ' || md5(st_asbinary(geom)), ',' order by id collate "C"), 'UTF8')), 'hex') as digest
			from touch group by c, r
		), reach as (
			select c0, r0, array_agg(distinct c) as cols, array_agg(distinct r) as rows from touch group by c0, r0
		)
		select block.c, block.r, digest, st_xmin(b), st_ymin(b), st_xmax(b), st_ymax(b), touched, home,
			coalesce(cols, '{}'), coalesce(rows, '{}')
		from block left join reach on block.c = c0 and block.r = r0
		order by block.c, block.r`
	srid, err := srid(l.CRS)
	if err != nil {
		return nil, err
	}
	rows, err := db.pool.Query(ctx, blocks, registry, srid, l.PixelSizeM*float64(l.BlockPx))
	if err != nil {
		return nil, fmt.Errorf("blocks of registry %d: %w", registry, err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (season.Block, error) {
		var b season.Block
		var cols, rws []int
		err := row.Scan(&b.Col, &b.Row, &b.Digest, &b.Bound.Min[0], &b.Bound.Min[1], &b.Bound.Max[0], &b.Bound.Max[1],
			&b.Touched, &b.Home, &cols, &rws)
		for _, c := range cols {
			for _, r := range rws {
				b.Spans = append(b.Spans, imagery.Block{Col: c, Row: r})
			}
		}
		return b, err
	})
}

// BlockShapes returns the shapes, in the lattice's CRS, of the parcels that
// touch a block: first those that reach into other blocks, which shared counts,
// then the others, both in order of id.
func (db *DB) BlockShapes(ctx context.Context, registry int64, l imagery.Lattice, b imagery.Block) (all []zonal.Shape, shared int, err error) {
	const shapes = touchingNear + `
		select id, st_asewkb(g), c1 > c0 or r1 > r0 as reaches from span
		where $4 between c0 and c1 and $5 between r0 and r1 order by reaches desc, id collate "C"`
	all, err = queryNear(ctx, db, shapes, registry, l, b, func(row pgx.CollectableRow) (zonal.Shape, error) {
		var s zonal.Shape
		var reaches bool
		err := row.Scan(&s.ID, ewkb.Scanner(&s.Polygon), &reaches)
		if reaches {
			shared++
		}
		return s, err
	})
	return all, shared, err
}

// ShapesAround returns the shapes, in the lattice's CRS, of the parcels that lie
// in or touch a bound of it, in order of id.
func (db *DB) ShapesAround(ctx context.Context, registry int64, l imagery.Lattice, within orb.Bound) ([]zonal.Shape, error) {
	const around = `
		with area as (
			select st_makeenvelope($3, $4, $5, $6, $2::int) as box
		), near as (
			select st_expand(st_transform(st_segmentize(box, greatest($5 - $3, $6 - $4)::float8 / 8), 4326), 0.0005) as box from area
		)
		select id, st_asewkb(g) from (
			select id, st_transform(geom, $2::int) as g from parcel, near where registry = $1 and geom && near.box offset 0
		) moved, area where g && area.box order by id collate "C"`
	srid, err := srid(l.CRS)
	if err != nil {
		return nil, err
	}
	rows, err := db.pool.Query(ctx, around, registry, srid, within.Min[0], within.Min[1], within.Max[0], within.Max[1])
	if err != nil {
		return nil, fmt.Errorf("parcels around %v: %w", within, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (zonal.Shape, error) {
		var s zonal.Shape
		err := row.Scan(&s.ID, ewkb.Scanner(&s.Polygon))
		return s, err
	})
	if err != nil {
		return nil, fmt.Errorf("parcels around %v: %w", within, err)
	}
	return out, nil
}

// HomeParcels returns the ids of the parcels at home in a block, in order.
func (db *DB) HomeParcels(ctx context.Context, registry int64, l imagery.Lattice, b imagery.Block) ([]string, error) {
	const homes = touchingNear + ` select id from span where c0 = $4 and r0 = $5 order by id collate "C"`
	return queryNear(ctx, db, homes, registry, l, b, pgx.RowTo[string])
}

func queryNear[T any](ctx context.Context, db *DB, sql string, registry int64, l imagery.Lattice, b imagery.Block, scan pgx.RowToFunc[T]) ([]T, error) {
	srid, err := srid(l.CRS)
	if err != nil {
		return nil, err
	}
	rows, err := db.pool.Query(ctx, sql, registry, srid, l.PixelSizeM*float64(l.BlockPx), b.Col, b.Row)
	if err != nil {
		return nil, fmt.Errorf("parcels of block %s: %w", b, err)
	}
	out, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("parcels of block %s: %w", b, err)
	}
	return out, nil
}

// RegistryBound returns the release's extent, lon and lat.
func (db *DB) RegistryBound(ctx context.Context, registry int64) (orb.Bound, error) {
	const extent = `
		select st_xmin(e), st_ymin(e), st_xmax(e), st_ymax(e)
		from (select st_extent(geom)::geometry as e from parcel where registry = $1) x where e is not null`
	var b orb.Bound
	err := db.pool.QueryRow(ctx, extent, registry).Scan(&b.Min[0], &b.Min[1], &b.Max[0], &b.Max[1])
	if err != nil {
		return orb.Bound{}, fmt.Errorf("extent of registry %d: %w", registry, err)
	}
	return b, nil
}

// srid returns the number of "EPSG:32650".
func srid(crs string) (int, error) {
	code, ok := strings.CutPrefix(strings.ToUpper(crs), "EPSG:")
	n, err := strconv.Atoi(code)
	if !ok || err != nil {
		return 0, fmt.Errorf("grid CRS %q: want an EPSG code such as EPSG:32650; set crs in county.yaml", crs)
	}
	return n, nil
}
