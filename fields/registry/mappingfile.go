package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// MappingFile says how one county's tables of one kind are read: which column
// holds what, in which unit, and what its codes mean. It is suggested from a
// file, confirmed by a person, kept, and used again for the county's next
// hand-over.
type MappingFile struct {
	Kind        TableKind         `json:"kind" yaml:"kind"`
	County      string            `json:"county,omitempty" yaml:"county,omitempty"`
	ConfirmedBy string            `json:"confirmed_by" yaml:"confirmed_by"` // "" while it is a suggestion
	Columns     map[string]string `json:"columns" yaml:"columns"`           // role → column; "-" for none
	AreaUnit    string            `json:"area_unit,omitempty" yaml:"area_unit,omitempty"`
	Crops       map[string]string `json:"crops,omitempty" yaml:"crops,omitempty"` // name → catalogue code
	Codes       CodeMaps          `json:"codes,omitzero" yaml:"codes,omitempty"`
}

// ErrMapping is wrapped by every complaint about a mapping.
var ErrMapping = errors.New("mapping of columns")

// ReadMapping reads a mapping as YAML or JSON and refuses fields and roles
// that it does not know: a misspelt role would be a column left out in silence.
func ReadMapping(r io.Reader) (MappingFile, error) {
	var m MappingFile
	text, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrMapping, err)
	}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.DisallowUnknownField()).Decode(&m); err != nil {
		return m, fmt.Errorf("%w: %w", ErrMapping, err)
	}
	return m, m.check()
}

func (m MappingFile) check() error {
	known := m.known()
	if len(known) == 0 {
		return fmt.Errorf("%w: kind %q: want parcels, subsidies or plantings", ErrMapping, m.Kind)
	}
	for _, r := range sortedKeys(m.Columns) {
		if !slices.Contains(known, r) {
			return fmt.Errorf("%w: %s have no role %q: want some of %s", ErrMapping, m.Kind, r, strings.Join(known, ", "))
		}
	}
	if !slices.Contains([]string{"", "m2", "ha", "mu"}, m.AreaUnit) {
		return fmt.Errorf("%w: area_unit %q: want m2, ha or mu", ErrMapping, m.AreaUnit)
	}
	if m.County != "" && !countyCode.MatchString(m.County) {
		return fmt.Errorf("%w: county %q: want six digits", ErrMapping, m.County)
	}
	return nil
}

// known lists the roles of the mapping's kind.
func (m MappingFile) known() []string {
	var out []string
	for _, r := range rolesOf(m.Kind) {
		out = append(out, r.name)
	}
	if m.Kind == ParcelTable {
		out = append(out, "declared_crop")
	}
	return out
}

// Confirmed tells whether a person stands behind the mapping.
func (m MappingFile) Confirmed() bool { return m.ConfirmedBy != "" }

// Digest is the SHA-256 of what the mapping decides: who confirmed it does not
// count.
func (m MappingFile) Digest() string {
	m.ConfirmedBy = ""
	b, _ := json.Marshal(m) // maps come in order of keys; nothing in it can fail
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// WriteYAML writes the mapping with why each column was suggested, for a
// person to read, correct and confirm.
func (m MappingFile) WriteYAML(w io.Writer, why []Suggestion) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# 列对照 / mapping of columns. 核对后填写 confirmed_by / check it, then put your name into confirmed_by.\n")
	head := m
	head.Columns, head.Crops, head.Codes, head.AreaUnit = nil, nil, CodeMaps{}, ""
	fmt.Fprintf(&b, "kind: %s\n", m.Kind)
	if m.County != "" {
		fmt.Fprintf(&b, "county: %q\n", m.County)
	}
	fmt.Fprintf(&b, "confirmed_by: %q\ncolumns:\n", m.ConfirmedBy)
	reason := map[string]string{}
	for _, s := range why {
		reason[s.Role] = "  # " + s.Why
	}
	for _, r := range m.known() {
		c, ok := m.Columns[r]
		if !ok {
			c = "-"
		}
		fmt.Fprintf(&b, "  %s: %q%s\n", r, c, reason[r])
	}
	if m.AreaUnit != "" {
		fmt.Fprintf(&b, "area_unit: %s\n", m.AreaUnit)
	}
	if len(m.Crops) > 0 {
		b.WriteString("crops:\n")
		for _, c := range sortedKeys(m.Crops) {
			fmt.Fprintf(&b, "  %q: %q\n", c, m.Crops[c])
		}
	}
	if !m.Codes.empty() {
		text, err := yaml.Marshal(map[string]CodeMaps{"codes": m.Codes})
		if err != nil {
			return fmt.Errorf("%w: %w", ErrMapping, err)
		}
		b.Write(text)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write mapping: %w", err)
	}
	return nil
}

// Apply puts the mapping of a parcel file under the options; what they name
// already stands.
func (m MappingFile) Apply(o *Options) error {
	if m.Kind != ParcelTable {
		return fmt.Errorf("%w: it is of %s, the file holds parcels", ErrMapping, m.Kind)
	}
	if o.County != "" && m.County != "" && o.County != m.County {
		return fmt.Errorf("%w: it is county %s's, the package is %s's", ErrMapping, m.County, o.County)
	}
	for role, to := range map[string]*string{"id": &o.Columns.ID, "household": &o.Columns.Household, "area": &o.Columns.Area,
		"village": &o.Columns.Village, "name": &o.Columns.Name, "declared_crop": &o.Columns.DeclaredCrop} {
		if *to == "" {
			*to = m.Columns[role]
		}
	}
	if o.Columns.AreaUnit == "" {
		o.Columns.AreaUnit = m.AreaUnit
	}
	if o.Codes.empty() {
		o.Codes = m.Codes
	}
	return nil
}

// MappingBeside is where the mapping of the package at path is kept and looked
// for.
func MappingBeside(path string) string { return filepath.Clean(path) + ".mapping.yaml" }

// LoadMapping reads the mapping at path.
func LoadMapping(path string) (MappingFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return MappingFile{}, fmt.Errorf("%w: %w", ErrMapping, err)
	}
	defer f.Close()
	m, err := ReadMapping(f)
	if err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// applyMapping takes the mapping given, or the one beside the package, and
// says in the report which.
func (o *Options) applyMapping(path string, rep *Report) error {
	if o.Mapping == nil {
		beside := MappingBeside(path)
		m, err := LoadMapping(beside)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return nil
		case err != nil:
			return err
		case m.Kind != ParcelTable:
			return nil
		case !m.Confirmed():
			rep.Notes = append(rep.Notes, fmt.Sprintf("%s 尚未确认，未采用 / is not confirmed and was not used", filepath.Base(beside)))
			return nil
		}
		o.Mapping = &m
	}
	if err := o.Mapping.Apply(o); err != nil {
		return err
	}
	by := o.Mapping.ConfirmedBy
	if by == "" {
		by = "(未确认 / not confirmed)"
	}
	rep.Notes = append(rep.Notes, fmt.Sprintf("列对照 %.12s，确认人 %s / mapping of columns, confirmed by %s", o.Mapping.Digest(), by, by))
	return nil
}

// columnsOf finds the mapped columns: role → index. A column that the table
// does not have is an error that names what it has.
func (m MappingFile) columnsOf(columns []string) (map[string]int, error) {
	out := map[string]int{}
	for _, r := range sortedKeys(m.Columns) {
		c := m.Columns[r]
		if c == "" || c == "-" {
			continue
		}
		i := indexOf(columns, c)
		if i < 0 {
			return nil, fmt.Errorf("%w: no column %q for %s: the table has %q", ErrMapping, c, r, columns)
		}
		out[r] = i
	}
	return out, nil
}
