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
	"time"

	"github.com/alecthomas/kong"
	"github.com/redis/go-redis/v9/logging"
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
	Watch     watchCmd     `cmd:"" help:"Catalogues that are polled for new scenes in season: add, list, pause, resume, remove, poll."`

	Publications publicationsCmd `cmd:"" help:"What people see of a season: list, put an earlier one back."`

	Policy    policyCmd     `cmd:"" help:"Credit policies: check, draft, back-test, approve, activate, roll back, shadow."`
	Replay    replayCmd     `cmd:"" help:"Compute a stored decision again and compare every byte."`
	Apps      appsCmd       `cmd:"" name:"applications" help:"Applications for lines: verify, list, export, expire."`
	Limits    limitsCmd     `cmd:"" help:"Limits on what is lent: set, list."`
	Letter    letterCmd     `cmd:"" help:"Write the letter on a stored decision, as PDF in Chinese or English."`
	Portfolio portfolioCmd  `cmd:"" help:"Concentration of lines against limits, expected loss and shortfall, what drives the tail; --stress."`
	Monitor   monitorCmd    `cmd:"" help:"Whether scores still mean what they meant: drift between seasons, calibration on outcomes."`
	Fairness  fairnessCmd   `cmd:"" help:"What groups by sex, age and land are offered, against the most favoured and among their likes."`
	Keys      keysCmd       `cmd:"" help:"Keys of personal data: new, rotate."`
	People    peopleCmd     `cmd:"" help:"Personal data: find, reveal, erase, audit."`
	Handover  handoverCmd   `cmd:"" help:"Hand-over of applications to the bank's systems: list, send, replay, test, targets."`
	User      userCmd       `cmd:"" help:"Accounts of people who use the map."`
	Token     tokenCmd      `cmd:"" help:"Tokens that systems come in by: add, list, revoke."`
	Audit     auditCmd      `cmd:"" help:"Who did what: list."`
	Worker    workerCmd     `cmd:"" help:"Work on open runs beside other workers."`
	Migrate   migrateCmd    `cmd:"" help:"Bring the database to this version's schema."`
	Backup    backupCmd     `cmd:"" help:"Copy the private database into its archive, while others work."`
	Restore   restoreCmd    `cmd:"" help:"Put the private database to a point of its archive."`
	Capacity  capacityCmd   `cmd:"" help:"Simulate a season over many counties: workers, hours, storage, and what gives way first."`
	Doctor    doctorCmd     `cmd:"" help:"Check that this machine has what Parus needs, and say what is missing."`
	Fixtures  fixturesCmd   `cmd:"" help:"Generate synthetic data with known truth."`
	Decode    decodeCmd     `cmd:"" name:"decode-pixels" hidden:"" help:"Decode pictures for a parent process."`
	Reader    readUploadCmd `cmd:"" name:"read-upload" hidden:"" help:"Read a hand-over for a parent process."`
	Version   versionCmd    `cmd:"" help:"Print the version and what it was built with."`
}

// streams is where a verb writes: results to Out, progress and words to Err.
type streams struct {
	Out, Err io.Writer
	Now      func() time.Time // this machine's clock; nil: time.Now
}

func (s *streams) clock() func() time.Time {
	if s.Now == nil {
		return time.Now
	}
	return s.Now
}

func main() { os.Exit(called(time.Now)) }

// called runs the program as it was called, and returns its exit status.
func called(clock func() time.Time) int {
	logging.Disable() // of go-redis: what fails is told by whoever asked
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:], &streams{Out: os.Stdout, Err: os.Stderr, Now: clock})
}

// helpShown unwinds the parser after it has printed a help text.
type helpShown struct{}

// run parses args, runs one verb and returns the exit status.
func run(ctx context.Context, args []string, s *streams) (code int) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(helpShown); !ok {
				panic(r)
			}
			code = exitOK
		}
	}()
	var c cli
	parser, err := kong.New(&c,
		kong.Name("parus"),
		kong.Description("Satellite scenes and a county's land registry to credit lines."),
		kong.Writers(s.Out, s.Err),
		kong.Exit(func(int) { panic(helpShown{}) }),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.Err, "parus:", err)
		return exitFail
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(s.Err, "parus: %v\nparus: see `parus --help`\n", err)
		return exitUsage
	}
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(s.Err, "parus:", withRoom(err))
		if u := (usageError{}); errors.As(err, &u) {
			return exitUsage
		}
		if h := (hopelessError{}); errors.As(err, &h) {
			return exitHopeless
		}
		return exitFail
	}
	return exitOK
}

// usageError marks an error of how a verb was called, found after parsing.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }
