package architecture_test

import (
	"strings"
	"testing"

	"parus/internal/architecture"
)

// own is an import of the module itself.
func own(p string) string { return architecture.Own + p }

func TestRulesFindBreaches(t *testing.T) {
	t.Parallel()
	type pkgs = []architecture.Package
	for name, c := range map[string]struct {
		rule func(pkgs) []string
		path string
		pkg  architecture.Package
		want string // part of the breach; "" for none
	}{
		"a lower floor may be imported":          {architecture.Floors, "credit", architecture.Package{Imports: []string{own("yield"), own("fields/crop"), own("imagery/series")}}, ""},
		"a tree may import itself":               {architecture.Floors, "imagery/observe", architecture.Package{Imports: []string{own("imagery"), own("imagery/zonal")}}, ""},
		"an upper floor may not":                 {architecture.Floors, "fields", architecture.Package{Imports: []string{own("credit")}}, "floor 4.0"},
		"nor a neighbour":                        {architecture.Floors, "workers", architecture.Package{Imports: []string{own("internal/postgis")}}, "internal/postgis"},
		"nor a neighbour below internal":         {architecture.Floors, "internal/services/servicetest", architecture.Package{Imports: []string{own("internal/postgis")}}, "internal/postgis"},
		"fixtures import nothing of Parus":       {architecture.Floors, "fixtures", architecture.Package{Imports: []string{own("imagery")}}, "fixtures"},
		"the commands do not import each other":  {architecture.Floors, "cmd/parusd", architecture.Package{Imports: []string{own("cmd/parus")}}, "cmd/parus"},
		"a new tree needs a floor":               {architecture.Floors, "weather", architecture.Package{}, "no floor"},
		"godal is for two packages":              {architecture.Reserved, "imagery/zonal", architecture.Package{Imports: []string{"github.com/airbusgeo/godal"}}, "godal"},
		"one of which is imagery/gdal":           {architecture.Reserved, "imagery/gdal", architecture.Package{Imports: []string{"github.com/airbusgeo/godal", own("imagery/remote")}}, ""},
		"which reaches no network by itself":     {architecture.Reserved, "imagery/gdal", architecture.Package{Imports: []string{"net/http"}}, "network"},
		"pgx and all below it are for postgis":   {architecture.Reserved, "web", architecture.Package{Imports: []string{"github.com/jackc/pgx/v5/pgxpool"}}, "SQL"},
		"asynq is for workers":                   {architecture.Reserved, "web", architecture.Package{Imports: []string{"github.com/hibiken/asynq"}}, "queue"},
		"a name that only starts alike is fine":  {architecture.Reserved, "web", architecture.Package{Imports: []string{"github.com/hibiken/asynqmon"}}, ""},
		"the domain reaches no network":          {architecture.Reserved, "yield", architecture.Package{Imports: []string{"net/http"}}, "network"},
		"the bank is for the hand-over":          {architecture.Reserved, "internal/letter", architecture.Package{Imports: []string{"net/http"}}, "bank"},
		"which reaches it":                       {architecture.Reserved, "internal/handover/fineract", architecture.Package{Imports: []string{"net/http"}}, ""},
		"the server does not reach GDAL":         {architecture.Reserved, "cmd/parusd", architecture.Package{Imports: []string{own("imagery/gdal")}}, "links GDAL"},
		"a name without a subject":               {architecture.Names, "internal/utils", architecture.Package{Name: "utils"}, "utils"},
		"a name hidden in the clause":            {architecture.Names, "fields/words", architecture.Package{Name: "common"}, "common"},
		"a good name":                            {architecture.Names, "internal/services", architecture.Package{Name: "services"}, ""},
		"a package without a comment":            {architecture.Docs, "fields", architecture.Package{Name: "fields"}, "Package fields"},
		"a package with another's comment":       {architecture.Docs, "fields", architecture.Package{Name: "fields", Doc: "Package crop tells crops."}, "Package fields"},
		"a package comment that wraps":           {architecture.Docs, "fields", architecture.Package{Name: "fields", Doc: "Package fields\nholds parcels."}, ""},
		"a command's comment starts as commands": {architecture.Docs, "cmd/parusd", architecture.Package{Name: "main", Doc: "Command parusd serves the map."}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.pkg.Path = c.path
			expect(t, c.rule(pkgs{c.pkg}), c.want)
		})
	}
}

// expect checks that there is one breach that holds want, or none for "".
func expect(t *testing.T, breaches []string, want string) {
	t.Helper()
	if want == "" && len(breaches) > 0 {
		t.Errorf("got %q", breaches)
	}
	if want != "" && (len(breaches) != 1 || !strings.Contains(breaches[0], want)) {
		t.Errorf("got %q, want one with %q", breaches, want)
	}
}

func TestTopLevelKnowsThePlannedFolders(t *testing.T) {
	t.Parallel()
	got := architecture.TopLevel([]string{"imagery/grid.go", "go.mod", ".ci/run", "notes.txt", "scripts/x.sh", "imagery.go"})
	if want := "notes.txt scripts/x.sh imagery.go"; len(got) != 3 || !strings.HasPrefix(got[0], "notes.txt") {
		t.Errorf("got %q, want %s", got, want)
	}
}

func TestTracesFindsMachinesAndRegistries(t *testing.T) {
	t.Parallel()
	slash := "/" // so that this file holds no trace itself
	dot := "."
	for text, want := range map[string]string{
		"open " + slash + "root/x":                        "of one machine",
		`"` + slash + `work/data"`:                        "of one machine",
		"cd " + slash + "home/anna/parus":                 "of one machine",
		`"resolved": "` + "https://a.example/x.tgz":       "of one machine",
		"see registry" + dot + "example.org for packages": "of one machine",
		"registry = " + "http://10.0.0.1:4873":            "of one machine",
		"a unit of work/run":                              "",
		"https://example.org/work/paper":                  "",
		"parus registry check PACKAGE":                    "",
		"fields/registry.Read":                            "",
		"h1:ab/work/cd+ef=":                               "",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			expect(t, architecture.Traces("f", text), want)
		})
	}
}
