package decoder

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// holdMemory bounds what this process may allocate beyond what it has now, so
// that a greedy allocation fails at once instead of being noticed after; and it
// offers the process to the kernel first where memory runs out.
func holdMemory(content []byte) error {
	if len(content) != 8 {
		return errFrame
	}
	has, err := dataBytes()
	if err != nil {
		return fmt.Errorf("limit memory: %w", err)
	}
	limit := syscall.Rlimit{Cur: has + binary.LittleEndian.Uint64(content)}
	limit.Max = limit.Cur
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &limit); err != nil {
		return fmt.Errorf("limit memory: %w", err)
	}
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0) // good to have
	return nil
}

// dataBytes is what counts against RLIMIT_DATA: private writable memory, see
// getrlimit(2) and proc(5), VmData.
func dataBytes() (uint64, error) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "VmData:" {
			kb, err := strconv.ParseUint(f[1], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/self/status has no VmData")
}
