#!/bin/bash
# Installs the Debian packages that Parus needs and are missing, and nothing else.
# usage: debian.sh run|test     run: to build and run; test: what only tests need
set -euo pipefail

say() { echo "setup: $*" >&2; }

# The PostgreSQL that is here already, or the release's own.
pg=$({ ls /usr/lib/postgresql 2>/dev/null || true; } | sort -n | tail -n 1)
if [ -z "$pg" ]; then
	case "$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}")" in
	trixie) pg=17 ;;
	*) pg=15 ;;
	esac
fi

run_packages=(build-essential pkg-config ca-certificates git
	libgdal-dev gdal-bin proj-data
	"postgresql-$pg" "postgresql-$pg-postgis-3" redis-server mdbtools
	fonts-open-sans fonts-droid-fallback)
test_packages=(chromium fonts-noto-cjk iproute2 pgbouncer poppler-utils python3-minimal)

case "${1:-}" in
run) wanted=("${run_packages[@]}") ;;
test) wanted=("${test_packages[@]}") ;;
*)
	echo "usage: $0 run|test" >&2
	exit 2
	;;
esac

command -v dpkg-query >/dev/null || {
	say "this is not Debian; install what these Debian packages hold: ${wanted[*]}"
	exit 1
}

failed=
for tool in go node npm; do
	command -v "$tool" >/dev/null || {
		say "$tool is missing: install Go 1.26 or newer and Node 20 or newer, and put them into PATH"
		failed=1
	}
done

# dpkg-query fails where it does not know a package, and lists the others.
known=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)
installed=" $(awk '$1 == "installed" {print $2}' <<<"$known" | tr '\n' ' ')"
missing=()
for p in "${wanted[@]}"; do
	[[ $installed == *" $p "* ]] || missing+=("$p")
done

as_root=()
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" -ne 0 ]; then
	if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		as_root=(sudo -n)
	else
		say "these Debian packages are missing, and neither root nor sudo without a password is at hand:"
		printf '  %s\n' "${missing[@]}" >&2
		say "run as root: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
		failed=1
	fi
fi
[ -z "$failed" ] || exit 1
[ ${#missing[@]} -gt 0 ] || exit 0

# Parus starts servers of its own, so those of the packages are neither set up
# nor started; a machine that has them already is left as it is.
root() { "${as_root[@]}" "$@"; }
policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.conf
log=$(mktemp)
made_policy=
cleanup() {
	[ -z "$made_policy" ] || root rm -f "$policy"
}
trap cleanup EXIT
if [ ! -e "$policy" ]; then
	made_policy=1
	printf '#!/bin/sh\nexit 101\n' | root tee "$policy" >/dev/null
	root chmod 755 "$policy"
fi
if [ ! -e "$clusters" ] && [[ " ${missing[*]} " == *" postgresql-$pg "* ]]; then
	root mkdir -p "${clusters%/*}"
	echo 'create_main_cluster = false' | root tee "$clusters" >/dev/null
fi

say "installing ${missing[*]}"
apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
if ! { root "${apt[@]}" update && root "${apt[@]}" install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
	tail -n 30 "$log" >&2
	say "apt-get failed; its whole log is in $log"
	exit 1
fi
rm -f "$log"
if [[ " ${missing[*]} " == *" redis-server "* ]] && command -v systemctl >/dev/null; then
	root systemctl --quiet disable redis-server 2>/dev/null || true # where systemd does not run
fi
