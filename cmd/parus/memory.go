package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// byteSize is an amount of memory on the command line: 600M, 4G, 4GiB or bytes.
// K, M and G are powers of 1,024.
type byteSize int64

// UnmarshalText reads an amount of memory.
func (b *byteSize) UnmarshalText(text []byte) error {
	s := strings.ToUpper(strings.TrimSpace(string(text)))
	s = strings.TrimSuffix(strings.TrimSuffix(s, "IB"), "B")
	unit := int64(1)
	for i, letter := range "KMG" {
		if rest, ok := strings.CutSuffix(s, string(letter)); ok {
			s, unit = rest, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || !(n >= 0 && n <= 1<<50/float64(unit)) {
		return fmt.Errorf("%q is no amount of memory: write 600M or 4G", text)
	}
	*b = byteSize(n * float64(unit))
	return nil
}

// freeMemory tells how many bytes the machine or the control group can give,
// less a tenth; 0 where neither says (both are read as Linux writes them).
func freeMemory() int64 {
	free := int64(-1)
	least := func(n int64, ok bool) {
		if ok && (free < 0 || n < free) {
			free = n
		}
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		least(availableMemory(string(text)))
	}
	for _, dir := range [][2]string{
		{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
		{"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"},
	} {
		limit, err := readNumber(dir[0])
		if err != nil {
			continue // "max", or another version of control groups
		}
		if used, err := readNumber(dir[1]); err == nil {
			least(max(limit-used, limit/2), true) // what is used is the cache of files in great part
		}
	}
	if free < 0 {
		return 0
	}
	return free - free/10
}

// availableMemory finds MemAvailable in the text of /proc/meminfo, in bytes.
func availableMemory(meminfo string) (int64, bool) {
	for line := range strings.Lines(meminfo) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "MemAvailable:" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			return n << 10, err == nil
		}
	}
	return 0, false
}

func readNumber(path string) (int64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
}

// resident is the memory that this process holds, in bytes; 0 where the kernel
// does not tell. Source: proc(5), the second number of statm, in pages.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(text))
	if len(f) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
