package services

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// maxSocketPath is what a unix socket's address holds, its zero byte included
// (sun_path in unix(7)).
const maxSocketPath = 108

// socketFolder makes a folder that only the account enters: beside the data,
// or, where that path is too long or its file system takes no sockets, among
// the temporary files.
func socketFolder(ctx context.Context, place place, who account) (string, error) {
	beside := filepath.Join(place.dir, "run")
	err := os.RemoveAll(beside)
	if err == nil {
		err = errors.Join(who.own(beside), takesSockets(beside))
	}
	if err == nil {
		return beside, nil
	}
	reasons := []error{err, os.RemoveAll(beside)}
	for _, parent := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		dir, err := os.MkdirTemp(parent, place.token+"-")
		if err != nil {
			reasons = append(reasons, err)
			continue
		}
		if who.dropped {
			err = errors.Join(os.Chown(dir, int(who.uid), int(who.gid)), who.canEnter(ctx, dir))
		}
		if err = errors.Join(err, takesSockets(dir)); err == nil {
			return dir, nil
		}
		reasons = append(reasons, err, os.RemoveAll(dir))
	}
	return "", fmt.Errorf("make a folder for the sockets of the services: %w", errors.Join(reasons...))
}

// takesSockets makes a socket in dir, of the longest name that will be there,
// and removes it.
func takesSockets(dir string) error {
	path := postgresSocket(dir)
	if len(path) >= maxSocketPath {
		return fmt.Errorf("%s is too long for a unix socket", path)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	return l.Close() // removes it
}
