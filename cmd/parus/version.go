package main

import (
	"fmt"
	"runtime"

	"github.com/airbusgeo/godal"
)

// version is set by the build: -ldflags "-X main.version=…".
var version = "dev"

type versionCmd struct{}

// Run prints one line.
func (versionCmd) Run(s *streams) error {
	v := godal.Version()
	_, err := fmt.Fprintf(s.Out, "parus %s (%s, GDAL %d.%d.%d)\n", version, runtime.Version(), v.Major(), v.Minor(), v.Revision())
	return err
}
