package main

import (
	"fmt"
	"runtime"

	"parus/imagery/gdal"
)

// version is set by the build: -ldflags "-X main.version=…".
var version = "dev"

type versionCmd struct{}

// Run prints one line.
func (versionCmd) Run(s *streams) error {
	_, err := fmt.Fprintf(s.Out, "parus %s (%s, GDAL %s)\n", version, runtime.Version(), gdal.Version())
	return err
}
