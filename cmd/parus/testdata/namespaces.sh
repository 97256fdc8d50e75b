#!/bin/bash
# Two machines in miniature: two network namespaces, each with a worker, joined by
# a cable of its own to the namespace that this script is started in, where the
# services are reached at 10.77.1.1 and 10.77.2.1. It takes the folder of its logs
# and the program; the environment names the rest. A file called cut in the folder
# has the first cable pulled for three seconds.
set -euo pipefail
dir=$1 program=$2

ip link set lo up
holders=()
for i in 1 2; do
	unshare -n sleep infinity &
	holder=$!
	until [ "$(readlink "/proc/$holder/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do read -rt 0.05 <> <(:) || :; done
	ip link add "cable$i" type veth peer name eth0 netns "$holder"
	ip addr add "10.77.$i.1/24" dev "cable$i"
	ip link set "cable$i" up
	nsenter -t "$holder" -n ip addr add "10.77.$i.2/24" dev eth0
	nsenter -t "$holder" -n ip link set eth0 up
	holders+=("$holder")
done
PARUS_TEST_PROXIES="10.77.1.1:5432 $DATABASE_SOCKET 10.77.2.1:5432 $DATABASE_SOCKET 10.77.1.1:6379 $REDIS_SOCKET 10.77.2.1:6379 $REDIS_SOCKET" \
	"$program" 2>"$dir/proxies" &
until grep -q serving "$dir/proxies"; do read -rt 0.05 <> <(:) || :; done
for i in 1 2; do
	PARUS_DATABASE_URL="postgres://$DATABASE_USER@10.77.$i.1:5432/$DATABASE_NAME?sslmode=disable" \
		PARUS_REDIS_URL="redis://10.77.$i.1:6379/$REDIS_NUMBER" PARUS_LOG=json \
		nsenter -t "${holders[i - 1]}" -n "$program" worker --threads 1 2>"$dir/worker$i" &
done
echo ready >"$dir/ready"
until [ -e "$dir/cut" ]; do read -rt 0.05 <> <(:) || :; done
ip link set cable1 down
sleep 3
ip link set cable1 up
wait
