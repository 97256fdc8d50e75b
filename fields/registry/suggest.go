package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Suggestion is one column that a mapping proposes for a role.
type Suggestion struct {
	Role, Column string
	Why          string // Chinese and English
}

// sampleRows is how many rows are looked at to tell what a column holds.
const sampleRows = 2000

// fitsFrom is the share of cells that must look like a role where the head
// says nothing.
const fitsFrom = 0.9

// suggestColumns proposes a column for each role of a kind of table: first by
// its head, then, for roles that content can tell, by what the cells look
// like. No column serves two roles.
func suggestColumns(kind TableKind, columns []string, sample [][]string) []Suggestion {
	taken := map[int]bool{}
	var out []Suggestion
	for _, r := range rolesOf(kind) {
		if i, why := r.byHead(columns, sample, taken); i >= 0 {
			taken[i] = true
			out = append(out, Suggestion{r.name, columns[i], why})
		}
	}
	for _, r := range rolesOf(kind) {
		if slices.ContainsFunc(out, func(s Suggestion) bool { return s.Role == r.name }) {
			continue
		}
		if i, why := r.byContent(columns, sample, taken); i >= 0 {
			taken[i] = true
			out = append(out, Suggestion{r.name, columns[i], why})
		}
	}
	return out
}

func (r *role) byHead(columns []string, sample [][]string, taken map[int]bool) (int, string) {
	for _, h := range r.heads {
		for i, c := range columns {
			if taken[i] || !strings.EqualFold(strings.TrimSpace(c), h) && plainHead(c) != plainHead(h) {
				continue
			}
			why := "列名 / by its name"
			if share, n := r.share(sample, i); r.fits != nil && n > 0 {
				why += fmt.Sprintf("；%.0f %% 的内容相符 / %.0f %% of cells fit", share*100, share*100)
			}
			return i, why
		}
	}
	return -1, ""
}

func (r *role) byContent(columns []string, sample [][]string, taken map[int]bool) (int, string) {
	best, at := fitsFrom, -1
	for i := range columns {
		if r.fits == nil || taken[i] || ofBank(columns[i]) {
			continue
		}
		if share, n := r.share(sample, i); n >= 5 && share > best {
			best, at = share, i
		}
	}
	if at < 0 {
		return -1, ""
	}
	return at, fmt.Sprintf("内容相符 %.0f %%，请核对 / by content: %.0f %% of cells fit; check it", best*100, best*100)
}

// ofBank tells columns of accounts, whose numbers look like codes of parcels.
func ofBank(head string) bool {
	h := strings.ToLower(head)
	return strings.Contains(h, "账号") || strings.Contains(h, "帐号") || strings.Contains(h, "卡") || strings.Contains(h, "account")
}

// share tells how many of a column's cells fit the role, and of how many.
func (r *role) share(sample [][]string, column int) (float64, int) {
	if r.fits == nil {
		return 0, 0
	}
	n, fit := 0, 0
	for _, row := range sample {
		if column >= len(row) {
			continue
		}
		cell, _ := cleanCode(row[column])
		if cell == "" {
			continue
		}
		n++
		if r.fits(cell) {
			fit++
		}
	}
	if n == 0 {
		return 0, 0
	}
	return float64(fit) / float64(n), n
}

// SuggestMapping proposes how a county's file is to be read. Nothing of the
// file's content gets into the mapping but the heads of its columns and, for
// plantings, the names of crops.
func SuggestMapping(ctx context.Context, path string, kind TableKind, opt Options) (MappingFile, []Suggestion, error) {
	m := MappingFile{Kind: kind, County: opt.County, Columns: map[string]string{}}
	if err := m.check(); err != nil {
		return m, nil, err
	}
	b, err := openBundle(ctx, path, opt.TempDir, opt.Limits)
	if err != nil {
		return m, nil, err
	}
	defer b.close()
	columns, sample, err := sampleOf(ctx, b, kind, opt)
	if err != nil {
		return m, nil, fmt.Errorf("suggest a mapping for %s: %w", path, err)
	}
	why := suggestColumns(kind, columns, sample)
	for _, s := range why {
		m.Columns[s.Role] = s.Column
	}
	switch kind {
	case ParcelTable:
		m.AreaUnit = unitInHead(m.Columns["area"])
	case SubsidyTable, PlantingTable:
		if m.AreaUnit = unitInHead(m.Columns["area"]); m.AreaUnit == "" {
			m.AreaUnit = "mu" // county practice
		}
	}
	if i := indexOf(columns, m.Columns["crop"]); i >= 0 && kind == PlantingTable {
		m.Crops = suggestCrops(sample, i, cropNames(opt.Crops))
	}
	return m, why, nil
}

// unitInHead reads 面积(亩), area_ha and the like; "" where the head names no
// unit.
func unitInHead(head string) string {
	h := strings.ToLower(head)
	switch {
	case strings.Contains(h, "亩") || strings.HasSuffix(h, "_mu"):
		return "mu"
	case strings.Contains(h, "公顷") || strings.HasSuffix(h, "_ha") || h == "ha" || h == "hectares":
		return "ha"
	case strings.Contains(h, "平方米") || strings.Contains(h, "m2") || strings.Contains(h, "㎡"):
		return "m2"
	}
	return ""
}

// sampleOf reads the heads and the first rows of a file.
func sampleOf(ctx context.Context, b *bundle, kind TableKind, opt Options) (columns []string, rows [][]string, err error) {
	if kind == ParcelTable {
		f, err := plainFile(b)
		if err != nil {
			return nil, nil, err
		}
		v, _, err := readAnyVector(ctx, b, f, opt)
		if err != nil {
			return nil, nil, err
		}
		for i := range min(sampleRows, len(v.features)) {
			rows = append(rows, v.features[i].cells)
		}
		return v.columns, rows, nil
	}
	t, closer, err := freeTable(b, opt.Layer)
	if err != nil {
		return nil, nil, err
	}
	defer closer()
	err = t.each(ctx, func(n int, cells []string) error {
		if n > sampleRows {
			return errEnough
		}
		row := make([]string, len(cells))
		for i, c := range cells {
			row[i] = t.cell(c)
		}
		rows = append(rows, row)
		return nil
	})
	if err != nil && err != errEnough { //nolint:errorlint // it is returned as it is
		return nil, nil, err
	}
	return t.columns, rows, nil
}
