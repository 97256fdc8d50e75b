package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"parus/fields"
)

// Package is what was read of a county's registry.
type Package struct {
	Mapping    *MappingFile       // that it was read by, nil for none
	County     string             // six digits in China, "" where unknown
	Parcels    []fields.Parcel    // rows accepted or corrected, in the order of the source
	Households []fields.Household // holders in the order of the source
	People     []Person           // personal data, kept apart
	Villages   []VillageName      // that FBF names, in order of code
	Contracts  []Contract         // of CBHT, in order of code
	Holdings   []LandHolding      // of the usable parcels
	Report     Report
	Digest     string // SHA-256 of names and contents of the package's files, and of the mapping where there is one, hex
}

// Options steers [Open]. The zero value reads whatever is there.
type Options struct {
	County  string    // six digits; default: the commonest prefix of the codes
	Now     time.Time // for contracts and births; zero: expiry is not checked
	CRS     string    // "EPSG:n" or well-known text; overrides what files declare
	Extent  orb.Bound // lon/lat of the county; zero: the province's, by the code
	Layer   string    // of a plain file with several layers
	Columns Mapping   // of a plain file; empty entries are suggested. Of layer DK: id, name and area, where its fields have other names
	// Encoding overrides what files say and their bytes show, for shapefiles'
	// tables and CSV: "UTF-8", "GB18030" (with GBK and GB2312) or "Windows-1252".
	Encoding string
	Codes    CodeMaps
	// Mapping fills what Columns and Codes leave open. Nil: the confirmed mapping
	// that lies beside the package as NAME.mapping.yaml, where there is one.
	Mapping *MappingFile
	Crops   map[string]string // of the catalogue, name → code; for plantings
	Limits  Limits
	Threads int    // default: the processors
	TempDir string // for unpacking; default: the system's
}

// ErrNothingUsable is wrapped by [Open] where no row is accepted or corrected.
// The package then still carries the report.
var ErrNothingUsable = errors.New("no usable row")

var countyCode = regexp.MustCompile(`^[1-9]\d{5}$`)

// Open reads the package at path: a folder, a zip, or a single vector file.
// It reads everything into memory, about 1 kB a parcel, and touches nothing.
// With [ErrNothingUsable] the package is not nil and its report says why.
func Open(ctx context.Context, path string, opt Options) (*Package, error) {
	if opt.County != "" && !countyCode.MatchString(opt.County) {
		return nil, fmt.Errorf("county code %q: want six digits", opt.County)
	}
	if opt.Encoding != "" && declaredCharset(opt.Encoding) == charsetUnknown {
		return nil, fmt.Errorf("encoding %q: want UTF-8, GB18030 or Windows-1252", opt.Encoding)
	}
	if opt.Threads <= 0 {
		opt.Threads = runtime.GOMAXPROCS(0)
	}
	p := &Package{County: opt.County}
	if err := opt.applyMapping(path, &p.Report); err != nil {
		return nil, fmt.Errorf("package %s: %w", path, err)
	}
	b, err := openBundle(ctx, path, opt.TempDir, opt.Limits)
	if err != nil {
		return nil, err
	}
	defer b.close()
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		p.Digest, err = b.digest(gctx)
		return err
	})
	g.Go(func() error {
		parts := dkFiles(b)
		var layers []dkLayer
		if len(parts) == 0 {
			layers = dkLayers(b)
		}
		if len(parts)+len(layers) > 0 {
			return openNYT(gctx, b, parts, layers, p, opt)
		}
		return openPlain(gctx, b, p, opt)
	})
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("package %s: %w", path, err)
	}
	if p.Mapping = opt.Mapping; p.Mapping != nil {
		sum := sha256.Sum256([]byte(p.Digest + opt.Mapping.Digest()))
		p.Digest = hex.EncodeToString(sum[:])
	}
	p.Report.finish()
	if !p.Report.Usable() {
		return p, fmt.Errorf("package %s: %d rows, %w: the report says what to do", path, p.Report.Rows.In, ErrNothingUsable)
	}
	return p, nil
}

var dkName = regexp.MustCompile(`^dk[\d_\-]*.*\.shp$`)

// dkFiles lists the shapefiles of the parcel layer.
func dkFiles(b *bundle) []bundleFile {
	var out []bundleFile
	for _, f := range b.files {
		if dkName.MatchString(f.base()) && !strings.HasPrefix(f.base(), "dksyt") {
			out = append(out, f)
		}
	}
	return out
}

// tally counts the rows and hands out what is usable.
func tally(rows []row, layer string) LayerCounts {
	c := LayerCounts{Layer: layer}
	for i := range rows {
		c.In++
		switch rows[i].state {
		case accepted:
			c.Accepted++
		case corrected:
			c.Corrected++
		case quarantined:
			c.Quarantined++
		}
	}
	return c
}
