// Command parus is the whole of Parus on one command line: one verb, one file.
// It links GDAL; the web server alone, without GDAL, is cmd/parusd.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit statuses of every verb.
const (
	exitOK    = 0
	exitFail  = 1
	exitUsage = 2
)

// cli lists the verbs. Each is a struct of its own in a file of its own, with
// a method Run(ctx, *streams) error.
type cli struct {
	Run       runCmd       `cmd:"" help:"Run one season from scenes and a registry to credit lines."`
	Up        upCmd        `cmd:"" help:"Everything in one: services, workers and the web map; --demo with a generated county."`
	Registry  registryCmd  `cmd:"" help:"County registries: check, import, export, releases."`
	Yield     yieldCmd     `cmd:"" help:"Yields of regions with statistics: fit, predict, evaluate."`
	Zonal     zonalCmd     `cmd:"" help:"Statistics of rasters per parcel, weighted by exact coverage."`
	Fields    fieldsCmd    `cmd:"" help:"Fields as they are seen from above: delineate."`
	Composite compositeCmd `cmd:"" help:"Cloud-masked, smoothed layers of an index from a season's scenes."`
	Overlay   overlayCmd   `cmd:"" help:"Scenes as map tiles in PMTiles archives: true colour, vegetation."`
	Crop      cropCmd      `cmd:"" help:"Crop models: fit, predict, evaluate."`
	Scorecard scorecardCmd `cmd:"" help:"Scorecards from repayment outcomes: fit, predict, evaluate, card. None is in use: no repayment data has been seen."`
	Rescore   rescoreCmd   `cmd:"" help:"Run a county's season again on the registry in force and the inputs of its last run; diff: who moved, by how much, why."`
	Runs      runsCmd      `cmd:"" help:"Runs: list, show, pause, resume, cancel, retry."`

	Publications publicationsCmd `cmd:"" help:"What people see of a season: list, put an earlier one back."`

	Policy    policyCmd    `cmd:"" help:"Credit policies: check, draft, back-test, approve, activate, roll back, shadow."`
	Replay    replayCmd    `cmd:"" help:"Compute a stored decision again and compare every byte."`
	Apps      appsCmd      `cmd:"" name:"applications" help:"Applications for lines: verify, list, expire."`
	Limits    limitsCmd    `cmd:"" help:"Limits on what is lent: set, list."`
