package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// writeWhole writes to a file that appears whole or not at all, or to stdout
// for "" and "-". What is there and no file, such as /dev/null or a pipe, is
// written to as it is: a rename would put a file in its place.
func writeWhole(path string, stdout io.Writer, write func(io.Writer) error) error {
	if path == "" || path == "-" {
		return buffered(stdout, write)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeThrough(path, write)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".parus-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already where the rename went well
	s := &spilling{file: f}
	if err := buffered(s, write); err != nil { // it names what was to be written
		return errors.Join(err, f.Close())
	}
	if s.full != nil {
		return errors.Join(roomError{path, s.over, s.full}, f.Close())
	}
	err = f.Chmod(0o644)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func writeThrough(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = buffered(f, write)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 1<<16)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}
