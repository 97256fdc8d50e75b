package registry

import (
	"path"
	"strings"
)

// Kind tells by a file's first bytes what it is, as the extension that goes with
// it: ".zip", ".gpkg" (any SQLite file), ".parquet", ".json", ".rar", ".7z",
// ".gz", or "" for none of these.
func Kind(head []byte) string {
	text := strings.TrimLeft(strings.TrimPrefix(string(head), "\ufeff"), " \t\r\n")
	for _, k := range [][2]string{{"PK\x03\x04", ".zip"}, {"PK\x05\x06", ".zip"}, {"SQLite format 3\x00", ".gpkg"}, {"PAR1", ".parquet"},
		{"Rar!", ".rar"}, {"7z\xbc\xaf\x27\x1c", ".7z"}, {"\x1f\x8b", ".gz"}} {
		if strings.HasPrefix(string(head), k[0]) {
			return k[1]
		}
	}
	if strings.HasPrefix(text, "{") {
		return ".json"
	}
	return ""
}

// kindsOf are the extensions of the files that are handed in as one, by what
// their first bytes have to be.
var kindsOf = map[string]string{".zip": ".zip", ".gpkg": ".gpkg", ".sqlite": ".gpkg", ".parquet": ".parquet", ".geoparquet": ".parquet",
	".geojson": ".json", ".json": ".json"}

// CheckKind refuses a file that is handed in under a name that its first bytes
// belie, or of a kind that is not taken.
func CheckKind(name string, head []byte) error {
	ext := strings.ToLower(path.Ext(name))
	want, ok := kindsOf[ext]
	switch got := Kind(head); {
	case !ok:
		return &KindError{Name: name, Kind: got}
	case got != want:
		return &KindError{Name: name, Kind: got, Want: want}
	}
	return nil
}

// KindError is a file that is not what its name says, or of no kind that is
// taken; it wraps [ErrRefused].
type KindError struct{ Name, Kind, Want string }

// Unwrap makes it an [ErrRefused].
func (e *KindError) Unwrap() error { return ErrRefused }

func (e *KindError) Error() string {
	is := "is none of zip, gpkg, sqlite, parquet and geojson"
	if e.Kind != "" && e.Kind != e.Want {
		is = "is " + strings.TrimPrefix(e.Kind, ".") + " by its first bytes"
	}
	return "file " + e.Name + " " + is + ": pack the county's files into a zip and hand that in"
}
