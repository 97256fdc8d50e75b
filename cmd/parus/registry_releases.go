package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"parus/internal/postgis"
	"parus/internal/season"
	"parus/internal/vault"
)

// countyRegistry is the registry of one county in the database, for verbs that
// look after its releases.
type countyRegistry struct {
	platform
	keyFile
	County string `required:"" placeholder:"CODE" help:"Code of the county."`
}

// with opens the database within the county.
func (c countyRegistry) with(ctx context.Context, s *streams, f func(*postgis.DB) error) (err error) {
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return f(b.db.Within([]string{c.County}))
}

// chosenRelease is a release of the county, by number, or 0 for the one in
// force.
func chosenRelease(ctx context.Context, db *postgis.DB, county string, id int64) (season.Release, error) {
	if id == 0 {
		return db.ReleaseInForce(ctx, county)
	}
	r, err := db.Release(ctx, id)
	if err == nil && r.County != county {
		err = fmt.Errorf("registry release %d is not of county %s", id, county)
	}
	return r, err
}

// registryReleasesCmd lists a county's releases.
type registryReleasesCmd struct{ countyRegistry }

// Run prints the releases, the newest first.
func (c *registryReleasesCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		list, err := db.Releases(ctx, c.County)
		if err != nil {
			return err
		}
		tab := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tab, "release\tin force\tvalid from\timported\tparcels\thouseholds\tpeople\truns\tparcels since the one before\tsource")
		for _, r := range list {
			force, people, since := "", fmt.Sprint(r.People), ""
			if r.InForce {
				force = "yes"
			}
			if r.People < 0 {
				people = "not kept"
			}
			if r.Previous != 0 {
				since = fmt.Sprintf("%s (%d)", changesInWords(r.Difference.Parcels), r.Previous)
			}
			fmt.Fprintf(tab, "%d\t%s\t%s\t%s\t%d\t%d\t%s\t%d\t%s\t%s\n", r.ID, force, r.ValidFrom.Format(time.DateOnly),
				r.CreatedAt.Format("2006-01-02 15:04"), r.Parcels, r.Households, people, r.Runs, since, r.Source)
		}
		return tab.Flush()
	})
}

// registryActivateCmd puts a release in force.
type registryActivateCmd struct {
	countyRegistry
	Release  int64 `arg:"" optional:"" help:"Number of the release."`
	Previous bool  `help:"The release that was in force when the present one came."`
}

// Run activates; runs and decisions keep the release that they name.
func (c *registryActivateCmd) Run(ctx context.Context, s *streams) error {
	if c.Previous == (c.Release != 0) {
		return usageError{errors.New("say which release: its number, or --previous")}
	}
	keys, err := c.countyIfKept(c.County)
	if err != nil {
		return err
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		r, err := chosenRelease(ctx, db, c.County, c.Release)
		if err != nil {
			return err
		}
		id := r.ID
		if c.Previous {
			if id = r.Previous; id == 0 {
				return fmt.Errorf("county %s: no release came before %d", c.County, r.ID)
			}
		}
		if err := db.ActivateRelease(ctx, id, keys, vault.Act{Actor: whoami(), At: time.Now().UTC()}); err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.Out, "county %s: release %d is in force\n", c.County, id)
		return err
	})
}

// registryDeleteCmd deletes a release that nothing refers to.
type registryDeleteCmd struct {
	countyRegistry
	Release int64 `arg:"" help:"Number of the release."`
}

// Run deletes the release with all that it holds.
func (c *registryDeleteCmd) Run(ctx context.Context, s *streams) error {
	keys, err := c.countyIfKept(c.County)
	if err != nil {
		return err
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		if _, err := chosenRelease(ctx, db, c.County, c.Release); err != nil {
			return err
		}
		if err := db.DeleteRelease(ctx, c.Release, keys, vault.Act{Actor: whoami(), At: time.Now().UTC()}); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.Out, "county %s: release %d is deleted\n", c.County, c.Release)
		return err
	})
}
