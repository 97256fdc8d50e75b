package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// openMDB opens the tables of an Access database through mdb-tables and
// mdb-export of mdbtools, which write UTF-8.
func openMDB(ctx context.Context, f bundleFile, _ Options) ([]*table, func(), error) {
	for _, p := range []string{"mdb-tables", "mdb-export"} {
		if _, err := exec.LookPath(p); err != nil {
			return nil, nil, fmt.Errorf("program %s is missing: install package mdbtools, or hand in the tables as CSV, XLSX or SQLite", p)
		}
	}
	listing, cancel := context.WithTimeout(ctx, mdbStall)
	defer cancel()
	list, err := mdbCommand(listing, "mdb-tables", "-1", f.path).Output()
	if err != nil {
		return nil, nil, fmt.Errorf("list tables of %s: %w", f.name, err)
	}
	var out []*table
	for name := range strings.Lines(string(list)) {
		name = strings.TrimSpace(name)
		if canonicalTable(name) == "" {
			continue
		}
		t, err := mdbTable(ctx, f, name)
		if err != nil {
			return nil, nil, err
		}
		out = append(out, t)
	}
	return out, nil, nil
}

// What mdbtools may cost: broken files have made it ask for all memory, or run
// in a circle.
const (
	mdbMemory = 2 << 30        // bytes of address space
	mdbStall  = time.Minute    // without a byte
	mdbGrowth = 32             // bytes of text for a byte of the file
	mdbLeast  = int64(4 << 20) // bytes of text whatever the file's size
)

// mdbCommand runs a program of mdbtools, its memory bounded where prlimit of
// util-linux is there; text of Access 97 is GBK.
func mdbCommand(ctx context.Context, name string, args ...string) *exec.Cmd {
	if limit, err := exec.LookPath("prlimit"); err == nil {
		name, args = limit, append([]string{fmt.Sprintf("--as=%d", mdbMemory), name}, args...)
	}
	c := exec.CommandContext(ctx, name, args...)
	c.Env = append(os.Environ(), "MDB_JET3_CHARSET=GBK", "MDBICONV=UTF-8", "LC_ALL=C.UTF-8")
	return c
}

func mdbTable(ctx context.Context, f bundleFile, name string) (*table, error) {
	open := func() (io.ReadCloser, error) {
		c := mdbCommand(ctx, "mdb-export", "-T", "%Y-%m-%d", "-D", "%Y-%m-%d", f.path, name)
		var words bytes.Buffer
		c.Stderr = &words
		r, err := c.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := c.Start(); err != nil {
			return nil, err
		}
		stall := time.AfterFunc(mdbStall, func() { _ = c.Process.Kill() })
		return &commandReader{ReadCloser: r, cmd: c, words: &words, stall: stall, left: max(mdbLeast, mdbGrowth*f.size)}, nil
	}
	r, err := open()
	if err != nil {
		return nil, fmt.Errorf("export %s of %s: %w", name, f.name, err)
	}
	sample, err := io.ReadAll(io.LimitReader(r, 1<<16))
	r.Close()
	if err != nil || len(sample) == 0 {
		return nil, fmt.Errorf("export %s of %s: no output: %w", name, f.name, err)
	}
	t, err := csvTable(bundleFile{name: f.name + ":" + name}, sample, csvReading{}, open)
	if err != nil {
		return nil, err
	}
	t.name = name
	return t, nil
}

// commandReader ends its program when closed.
type commandReader struct {
	io.ReadCloser
	cmd   *exec.Cmd
	words *bytes.Buffer
	stall *time.Timer // kills the program when it says nothing for long
	left  int64       // bytes it may still say
}

// Read passes on the output; at its end the program's failure becomes the error.
func (c *commandReader) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.stall.Reset(mdbStall)
	if c.left -= int64(n); c.left < 0 {
		return 0, fmt.Errorf("%s: %w: far more text than the file can hold", c.cmd.Path, ErrRefused)
	}
	if errors.Is(err, io.EOF) && c.cmd.ProcessState == nil {
		if werr := c.cmd.Wait(); werr != nil {
			return n, fmt.Errorf("%s: %w: %s", c.cmd.Path, werr, bytes.TrimSpace(c.words.Bytes()))
		}
	}
	return n, err
}

// Close stops the program where it still runs.
func (c *commandReader) Close() error {
	c.ReadCloser.Close()
	c.stall.Stop()
	if c.cmd.ProcessState == nil {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	}
	return nil
}
