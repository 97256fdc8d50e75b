#!/bin/bash
# Times, in turn and in one run, what a county's hand-over costs: ogr2ogr into
# PostGIS by COPY with no check at all, `parus registry check`, and `parus
# registry import` (all checks and the load). Prints seconds, seconds of processor
# time of program and database together, ratios to ogr2ogr, and peak memory of
# the program. On a busy machine trust the processor time.
#
#   internal/bench/registry.sh [HOUSEHOLDS] [ROUNDS]     258000 households are a million parcels
#
# REGISTRY_BENCH is the folder for the package and a PostgreSQL of its own (default: a
# new one, removed at the end); PARUS the program (default bin/parus).
set -euo pipefail
households=${1:-26000} rounds=${2:-3}
parus=$(realpath "${PARUS:-bin/parus}")
if [ -z "${REGISTRY_BENCH:-}" ]; then
	REGISTRY_BENCH=$(mktemp -d)
	trap 'stop; rm -rf "$REGISTRY_BENCH"' EXIT
else
	mkdir -p "$REGISTRY_BENCH"
	trap stop EXIT
fi
chmod 755 "$REGISTRY_BENCH"
cd "$REGISTRY_BENCH"
PATH=$PATH:$(ls -d /usr/lib/postgresql/*/bin | tail -1)
export PGHOST=$REGISTRY_BENCH/pg PGPORT=55472 PGUSER=app
as=()
if [ "$(id -u)" = 0 ]; then as=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp); fi

stop() { "${as[@]}" pg_ctl -D "$REGISTRY_BENCH/pg/d" -m fast stop >/dev/null 2>&1 || true; }

if [ ! -d pg/d ]; then
	mkdir -p pg
	if [ "$(id -u)" = 0 ]; then chown nobody pg; fi
	"${as[@]}" initdb -D pg/d -U app -A trust --locale=C.UTF-8 >/dev/null
fi
"${as[@]}" pg_ctl -D pg/d -w -l pg/log -o "-p $PGPORT -c listen_addresses= -c unix_socket_directories=$REGISTRY_BENCH/pg -c shared_buffers=1GB -c maintenance_work_mem=512MB -c max_wal_size=8GB -c checkpoint_timeout=30min" start >/dev/null
createdb ogr 2>/dev/null && psql -q ogr -c 'create extension postgis' || true

package=county-$households
if [ ! -d "$package" ]; then
	px=$(awk -v h="$households" 'BEGIN { p = int(sqrt(h / 258000) * 10980 / 2 + 20) * 2; print (p > 10980) ? 10980 : p }')
	GOGC=40 "$parus" fixtures county --seed 3 --households "$households" --size-px "$px" --package-only -o "$package"
fi
folder=$(ls -d "$package"/registry/*)
shape=$(ls "$folder"/*/DK*.shp)

# server prints the processor time of the database's sessions that have ended,
# in hundredths of a second.
server() { awk '{ sub(/.*\) /, ""); print $14 + $15 }' "/proc/$(head -1 pg/d/postmaster.pid)/stat"; }

# timed NAME COMMAND...: appends "NAME seconds client-cpu kB server-cpu" to times.
timed() {
	local name=$1 before
	shift
	before=$(server)
	/usr/bin/time -f "$name %e %U %S %M" -o one "$@" >/dev/null 2>words || { cat words >&2; exit 1; }
	sleep 1 # the database takes note of the session's end
	awk -v s="$(($(server) - before))" '{ print $1, $2, $3 + $4 + s / 100, $5 }' one >>times
}

: >times
for _ in $(seq "$rounds"); do
	psql -q ogr -c 'drop table if exists parcels' 2>/dev/null
	PG_USE_COPY=YES timed ogr2ogr ogr2ogr -f PostgreSQL PG:dbname=ogr "$shape" -nln parcels -nlt MULTIPOLYGON -lco GEOMETRY_NAME=geom
	timed check "$parus" registry check "$folder" --report report.json
	dropdb --if-exists parus 2>/dev/null
	createdb parus
	PARUS_DATABASE_URL="postgres:///parus?host=$PGHOST&port=$PGPORT&user=app" timed import "$parus" registry import "$folder" --county 370199
done
grep -o '"in": [0-9]*' report.json | head -1 | sed 's/"in": /parcels /'
awk '{ n[$1]++; t[$1, n[$1]] = $2; c[$1, n[$1]] = $3; if ($4 > m[$1]) m[$1] = $4 }
	END { for (k = 1; k <= split("ogr2ogr check import", o, " "); k++) { s = o[k]; line = sprintf("%-8s", s);
		for (i = 1; i <= n[s]; i++) line = line sprintf("  %.1f s (%.2f), cpu %.1f s (%.2f)", t[s, i], t[s, i] / t["ogr2ogr", i], c[s, i], c[s, i] / c["ogr2ogr", i]);
		print line sprintf("  peak %d MiB", m[s] / 1024) } }' times
