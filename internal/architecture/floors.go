package architecture

import (
	"fmt"
	"slices"
	"strings"
)

// floor is the height of each tree; a package imports its own tree and lower
// ones. Ten steps lie between the floors of the plan. internal/ledger and
// internal/season are the values that the packages of floor 5 share, so they
// lie between it and the rules of the domain.
func floor(tree string) (int, bool) {
	f, ok := map[string]int{
		"fixtures": 0, "internal/architecture": 0,
		"imagery":         10,
		"fields":          20,
		"yield":           30,
		"credit":          40,
		"internal/ledger": 45, "internal/season": 45,
		"workers": 50, "web": 50, "internal/postgis": 50, "internal/services": 50,
		"internal/postgistest": 55, // for tests of what stands on both
		"cmd/parus":            60, "cmd/parusd": 60,
	}[tree]
	// What else lies in internal is shared by floor 5 and stands under it.
	if !ok && strings.HasPrefix(tree, "internal/") {
		return 45, true
	}
	return f, ok
}

// Floors lists the imports that go upwards or sideways, and the packages that
// have no floor.
func Floors(pkgs []Package) []string {
	var breaches []string
	for _, p := range pkgs {
		own := tree(p.Path)
		height, ok := floor(own)
		if !ok {
			breaches = append(breaches, fmt.Sprintf("%s has no floor: give it one here and in docs/architecture.md", p.Path))
			continue
		}
		for _, imported := range p.Imports {
			to, isOwn := strings.CutPrefix(imported, Own)
			if !isOwn || tree(to) == own {
				continue
			}
			if h, ok := floor(tree(to)); !ok || h >= height {
				breaches = append(breaches, fmt.Sprintf("%s (floor %.1f) imports %s (floor %.1f): only lower floors are allowed",
					p.Path, float64(height)/10, to, float64(h)/10))
			}
		}
	}
	return breaches
}

// reserved is an import that only some trees or packages may use.
type reserved struct {
	imported string   // prefix, whole path elements
	to       []string // who may: folders of the module
	within   []string // where the rule holds; empty means everywhere
	why      string
}

func reservations() []reserved {
	domain := []string{"imagery", "fields", "yield", "credit"}
	return []reserved{
		{imported: "github.com/airbusgeo/godal", to: []string{"imagery/gdal", "fields/registry"}, why: "GDAL is linked in two places"},
		{imported: "C", to: nil, why: "C comes in through godal alone"},
		{imported: "github.com/jackc/pgx/v5", to: []string{"internal/postgis"}, why: "only internal/postgis speaks SQL"},
		{imported: "github.com/pressly/goose/v3", to: []string{"internal/postgis"}, why: "only internal/postgis migrates"},
		{imported: "database/sql", to: []string{"internal/postgis"}, why: "only internal/postgis speaks SQL"},
		{imported: "github.com/hibiken/asynq", to: []string{"workers", "cmd"}, why: "only workers use the queue"},
		{imported: "github.com/redis/go-redis/v9", to: []string{"workers", "cmd"}, why: "only workers use the queue"},
		{imported: "net/http", to: []string{"imagery/remote"}, within: domain, why: "imagery/remote alone reaches the network"},
		{imported: "github.com/minio/minio-go/v7", to: []string{"imagery/remote"}, why: "imagery/remote alone reaches the network"},
		{imported: "cel.dev/cel-go", to: []string{"credit/rule"}, why: "rules have one language"},
		{imported: "net/http", within: []string{"workers", "internal/postgis"}, why: "HTTP is the web's"},
		{imported: "net/http", to: []string{"internal/handover"}, within: []string{"internal"}, why: "internal/handover alone reaches the bank's network"},
		{imported: "github.com/standard-webhooks/standard-webhooks/libraries", to: []string{"internal/handover"}, why: "internal/handover alone signs webhooks"},
		{imported: "os", within: []string{"credit", "imagery/spectral", "imagery/cloud", "imagery/zonal", "imagery/series", "imagery/observe", "imagery/composite", "imagery/overlay", "imagery/pmtiles"}, why: "the maths do no input or output"},
		{imported: Own + "imagery/gdal", within: []string{"web", "workers", "internal", "yield", "credit", "cmd/parusd"}, why: "only cmd/parus links GDAL"},
		{imported: Own + "fields/registry", within: []string{"web", "workers", "internal", "yield", "credit", "cmd/parusd"}, why: "only cmd/parus links GDAL"},
	}
}

// Reserved lists the imports of packages that are reserved to others.
func Reserved(pkgs []Package) []string {
	var breaches []string
	anyUnder := func(p string, dirs []string) bool {
		return slices.ContainsFunc(dirs, func(d string) bool { return under(p, d) })
	}
	for _, p := range pkgs {
		for _, r := range reservations() {
			if len(r.within) > 0 && !anyUnder(p.Path, r.within) || anyUnder(p.Path, r.to) {
				continue
			}
			for _, imported := range p.Imports {
				if under(imported, r.imported) {
					breaches = append(breaches, fmt.Sprintf("%s imports %s: %s", p.Path, imported, r.why))
				}
			}
		}
	}
	return breaches
}
