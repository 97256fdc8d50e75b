#!/bin/bash
# Installs the Debian packages that Parus needs and are missing, and nothing else.
# usage: debian.sh run|test     run: to build and run; test: what only tests need
set -euo pipefail

run_packages=(build-essential pkg-config ca-certificates git
	libgdal-dev gdal-bin proj-data
	postgresql-15 postgresql-15-postgis-3 redis-server mdbtools)
test_packages=(chromium fonts-noto-cjk python3-minimal)

case "${1:-}" in
run) wanted=("${run_packages[@]}") ;;
test) wanted=("${test_packages[@]}") ;;
*)
	echo "usage: $0 run|test" >&2
	exit 2
	;;
esac

missing=()
for p in "${wanted[@]}"; do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing+=("$p")
done

for tool in go node npm; do
	command -v "$tool" >/dev/null || {
		echo "setup: $tool is missing: install Go 1.26 or newer and Node 20 or newer first" >&2
		exit 1
	}
done

[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	if sudo -n true 2>/dev/null; then
		as_root=(sudo -n)
	else
		echo "setup: these Debian packages are missing and neither root nor password-less sudo is at hand:" >&2
		printf '  %s\n' "${missing[@]}" >&2
		echo "setup: as root, run: apt-get install ${missing[*]}" >&2
		exit 1
	fi
fi

echo "setup: installing ${missing[*]}"
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
# A package's own server is not wanted: Parus starts private ones.
if ! { "${as_root[@]}" apt-get update -q &&
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
		apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
	tail -n 30 "$log" >&2
	echo "setup: apt-get failed; its whole log is in $log" >&2
	exit 1
fi
rm -f "$log"
