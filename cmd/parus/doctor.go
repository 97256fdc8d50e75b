package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"

	"parus/imagery/gdal"
	"parus/internal/letter"
	"parus/internal/postgis"
	"parus/internal/services"
	"parus/workers"
)

// doctorCmd looks whether this machine has what the other verbs need. It
// starts nothing and changes nothing.
type doctorCmd struct {
	platform
	letterFonts
}

// finding is what one check found.
type finding struct {
	subject string
	found   string // what is there
	err     error  // what is missing, and the way out
	// optional says that only some inputs need it.
	optional bool
	// notice says that nothing is missing, but somebody should look.
	notice bool
}

// status is the first word of the finding's line.
func (f finding) status() string {
	switch {
	case f.err == nil:
		return "ok"
	case f.notice:
		return "look"
	case f.optional:
		return "absent"
	default:
		return "missing"
	}
}

// Run prints a line for each check and fails where something needed is missing.
func (d *doctorCmd) Run(ctx context.Context, s *streams) error {
	findings := []finding{
		checkGDAL(), checkPROJ(), d.checkDatabase(ctx), d.checkQueue(ctx), checkMDBTools(), checkLetterFonts(d.LetterFont),
		checkDisk("disk", d.Home, "PARUS_HOME", minFreeBytes), checkDisk("temporary files", os.TempDir(), "TMPDIR", minTempBytes), checkFileLimit(),
	}
	if d.Archive != "" {
		findings = append(findings, checkDisk("archive", d.Archive, "PARUS_ARCHIVE", minFreeBytes))
	}
	if d.DatabaseURL != "" {
		findings = append(findings, d.checkArchiver(ctx))
		findings = append(findings, d.checkQuarantine(ctx))
	}
	return printFindings(s.Out, findings)
}

// printFindings writes the table. Its error counts what is missing.
func printFindings(w io.Writer, findings []finding) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	missing := 0
	for _, f := range findings {
		words := f.found
		if f.err != nil {
			words = strings.ReplaceAll(f.err.Error(), "\n", "; ")
			if !f.optional && !f.notice {
				missing++
			}
		}
		fmt.Fprintf(tab, "%s\t%s\t%s\n", f.status(), f.subject, words)
	}
	if err := tab.Flush(); err != nil {
		return fmt.Errorf("write the findings: %w", err)
	}
	if missing > 0 {
		return fmt.Errorf("%d of %d things that Parus needs are missing; the lines above say how to get them", missing, len(findings))
	}
	return nil
}

func checkGDAL() finding {
	// Scenes come as GeoTIFF, COG or JPEG 2000, registries as GeoPackage or shapefile.
	needed := []string{"GTiff", "COG", "JP2OpenJPEG", "GPKG", "ESRI Shapefile"}
	f := finding{subject: "GDAL", found: gdal.Version() + " with " + strings.Join(needed, ", ")}
	if missing := gdal.MissingDrivers(needed...); len(missing) > 0 {
		f.err = fmt.Errorf("GDAL %s lacks the drivers %s: install Debian's libgdal-dev, `make setup` does", gdal.Version(), strings.Join(missing, ", "))
	}
	return f
}

func checkPROJ() finding {
	f := finding{subject: "PROJ data", found: "transforms EPSG:4527 to EPSG:4326"}
	if err := gdal.CheckPROJ(); err != nil {
		f.err = fmt.Errorf("%w: install Debian's proj-data (`make setup` does) and unset PROJ_LIB and PROJ_DATA where they name another folder", err)
	}
	return f
}

func (d *doctorCmd) checkDatabase(ctx context.Context) finding {
	f := finding{subject: "database"}
	if d.DatabaseURL != "" {
		f.found, f.err = askDatabase(ctx, d.DatabaseURL)
		return f
	}
	pg, err := services.FindPostgres()
	who, errWho := services.RunsAs()
	f.found = fmt.Sprintf("PostgreSQL %d with PostGIS %s in %s, to be started as %s", pg.Major, pg.PostGIS, pg.Bin, who)
	f.err = errors.Join(err, errWho)
	return f
}

// askDatabase connects to a database and asks for its PostGIS.
func askDatabase(ctx context.Context, url string) (string, error) {
	db, err := postgis.Open(ctx, url)
	if err != nil {
		return "", fmt.Errorf("%w (PARUS_DATABASE_URL; unset it for a private one)", err)
	}
	defer db.Close()
	v, err := db.PostGISVersion(ctx)
	if err != nil {
		return "", err
	}
	found := "answers, with PostGIS " + v
	err = db.CheckSchema(ctx)
	if e := (postgis.SchemaError{}); errors.As(err, &e) && e.Got < e.Want { // every verb migrates
		return fmt.Sprintf("%s and schema %d, to be migrated to %d", found, e.Got, e.Want), nil
	}
	return found + " and this program's schema", err
}

func (d *doctorCmd) checkQueue(ctx context.Context) finding {
	f := finding{subject: "queue"}
	if d.RedisURL != "" {
		if f.found, f.err = workers.LookAtRedis(ctx, d.RedisURL); f.err != nil {
			f.err = fmt.Errorf("%w (PARUS_REDIS_URL; unset it for a private one)", f.err)
		}
		return f
	}
	path, err := services.FindRedis()
	f.found, f.err = path+", to be started", err
	return f
}

func checkMDBTools() finding {
	f := finding{subject: "mdbtools", found: "reads the .mdb files of registry packages", optional: true}
	for _, program := range []string{"mdb-tables", "mdb-export"} {
		if _, err := exec.LookPath(program); err != nil {
			f.err = fmt.Errorf("%s is not in PATH, so registry packages with .mdb files can't be read: install Debian's mdbtools, `make setup` does", program)
		}
	}
	return f
}

func checkLetterFonts(list string) finding {
	f := finding{subject: "letter fonts", optional: true}
	paths, err := letter.FindFonts(list)
	if err == nil {
		_, err = letter.NewPress(list)
	}
	f.found, f.err = strings.Join(paths, ", "), err
	return f
}

// minFreeBytes leaves room for PostgreSQL's log (2 GB, max_wal_size of package
// services) and the tables of a small county's season.
const minFreeBytes = 5 << 30

// minTempBytes holds a county's registry package, unpacked.
const minTempBytes = 1 << 30

// checkDisk looks at a folder that is or will be there, named by a variable.
func checkDisk(subject, home, variable string, least uint64) finding {
	f := finding{subject: subject}
	dir, err := filepath.Abs(home)
	for err == nil {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	var fs syscall.Statfs_t
	if err == nil {
		err = syscall.Statfs(dir, &fs)
	}
	if err != nil {
		f.err = fmt.Errorf("look at the disk of %s: %w (%s names another folder)", home, err, variable)
		return f
	}
	const writable = 2 // W_OK of access(2)
	free := fs.Bavail * uint64(fs.Bsize)
	f.found = fmt.Sprintf("%.1f GB free for %s", float64(free)/1e9, home)
	switch {
	case syscall.Access(dir, writable) != nil:
		f.err = fmt.Errorf("%s can't be written to: set %s to a folder that can", dir, variable)
	case free < least:
		f.err = fmt.Errorf("%.1f GB free for %s, of %.1f GB: make room or set %s to another disk", float64(free)/1e9, home, float64(least)/1e9, variable)
	}
	return f
}

// minOpenFiles is enough for the files of a season's scenes that the workers
// hold open at once, beside the connections of the database.
const minOpenFiles = 1024

func checkFileLimit() finding {
	f := finding{subject: "open files"}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		f.err = fmt.Errorf("ask for the limit of open files: %w", err)
		return f
	}
	f.found = fmt.Sprintf("up to %d", limit.Cur)
	if limit.Cur < minOpenFiles {
		f.err = fmt.Errorf("at most %d may be open, of %d: raise the limit with `ulimit -n %d`, or LimitNOFILE of the unit", limit.Cur, minOpenFiles, minOpenFiles)
	}
	return f
}
