package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parus/fields/crop"
	"parus/internal/publication"
	"parus/web/password"
)

// The demo county: about 8,000 parcels, two seasons of double cropping.
const (
	demoSeed       = 1
	demoHouseholds = 2000
	demoSizePx     = 1024
	demoDates      = 36
	demoCounty     = "370199"
)

// demoSeasons lists the seasons and the samples that their models are fitted
// on, drawn from other land than the county's.
var demoSeasons = []struct{ name, samples, model string }{
	{"2025-winter", "samples-winter.csv.gz", "model-winter"},
	{"2025-summer", "samples-summer.csv.gz", "model-summer"},
}

// demo takes the generated county from scenes to lines.
type demo struct {
	*crew
	keyFile
	home, out string
	once      bool
}

func (d demo) folder() string {
	return filepath.Join(d.home, "demo", fmt.Sprintf("county-%d-%d-%d-%d", demoSeed, demoHouseholds, demoSizePx, demoDates))
}

// run generates the county and fits the models where that has not been done,
// runs both seasons, and returns the day of the last scene. Results are written where once is set: the last season
// to the folder itself, the one before to a folder of its name.
func (d demo) run(ctx context.Context, s *streams) (last time.Time, err error) {
	if err := d.generate(ctx, s); err != nil {
		return last, err
	}
	for i, season := range demoSeasons {
		if err := d.fit(ctx, s, season.samples, season.model); err != nil {
			return last, err
		}
		files := seasonFiles{
			County: filepath.Join(d.folder(), "county.yaml"), Scenes: filepath.Join(d.folder(), "scenes", "items.json"),
			Registry: filepath.Join(d.folder(), "registry", demoCounty+"测试县"), Season: season.name,
			keyFile: d.keyFile,
		}
		run, err := files.prepare(ctx, d.db, d.decoders, s)
		if err != nil {
			return last, err
		}
		last = run.Spec.Scenes[len(run.Spec.Scenes)-1].Datetime
		out := d.out
		if i < len(demoSeasons)-1 {
			out = filepath.Join(d.out, season.name)
		}
		if d.once {
			err = d.runToFiles(ctx, run, out, s)
		} else {
			err = d.drive(run, s.Err)
		}
		if err != nil {
			return last, fmt.Errorf("season %s: %w", season.name, err)
		}
	}
	return last, nil
}

func (d demo) generate(ctx context.Context, s *streams) error {
	if _, err := os.Stat(d.folder()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(d.folder()), 0o755); err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "demo      generating a county of %d households and %d scenes\n", demoHouseholds, demoDates)
	c := fixturesCountyCmd{Seed: demoSeed, Households: demoHouseholds, SizePx: demoSizePx, Dates: demoDates, Output: d.folder()}
	return c.Run(ctx, s)
}

func (d demo) fit(ctx context.Context, s *streams, samples, model string) error {
	path := filepath.Join(d.folder(), model)
	err := withFile(path, func(r io.Reader) error {
		_, err := crop.Load(r)
		return err
	})
	if err == nil {
		return nil // from an earlier demo, and this version reads it
	}
	fmt.Fprintf(s.Err, "demo      fitting a crop model to %s\n", samples)
	c := cropFitCmd{Samples: []string{filepath.Join(d.folder(), samples)}, Out: path, Group: "village", AbstainError: 0.05, Confidence: 0.9, Seed: 1}
	return c.Run(ctx, &streams{Out: io.Discard, Err: s.Err})
}

// today is the demo's clock of business: it stands at the day after the last
// scene when the demo comes up and goes on from there, at the real time of day.
// By the real day the county's loans would have been due long ago.
func today(last time.Time) func() time.Time {
	const day = 24 * time.Hour
	shift := last.UTC().Truncate(day).Add(day).Sub(time.Now().UTC().Truncate(day))
	return func() time.Time { return time.Now().Add(shift) }
}

// invite makes an account of each role, named by it, and says what to do first.
func (d demo) invite(ctx context.Context, s *streams, address string) error {
	household, err := d.db.FirstHousehold(ctx, demoCounty, demoSeasons[len(demoSeasons)-1].name)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "\nThe map is on    http://%s\n", address)
	for i, role := range publication.Roles() {
		secret, err := d.account(ctx, string(role), role)
		if err != nil {
			return err
		}
		title := []string{"Sign in as", "or as"}[min(i, 1)]
		fmt.Fprintf(s.Out, "%-16s %s / %s\n", title, role, secret)
	}
	_, err = fmt.Fprintf(s.Out, `Click first      search for %s, open the household, then one of its parcels:
                 curve, crop, yield, line, and why the line is not higher.
Then             apply for the household's line; what is referred, approver decides.
Ctrl-C stops everything; the next `+"`make demo`"+` is up at once.
`, household)
	return err
}

// account returns the password of a demo account, which is made, and its
// password kept in the home, at the first time.
func (d demo) account(ctx context.Context, name string, role publication.Role) (string, error) {
	path := filepath.Join(d.home, "demo", name+".password")
	if b, err := os.ReadFile(path); err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	secret := strings.ToLower(rand.Text()[:14])
	phc, err := password.Hash(secret)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return "", err
	}
	_, err = d.db.AddAccount(ctx, publication.NewAccount{Name: name, PasswordHash: phc, Role: role, Counties: []string{demoCounty}})
	return secret, err
}
