package registry

import (
	"fmt"
	"slices"
	"strings"
)

// codeLists are the values that NY/T 2539-2016 gives to fields that Parus acts
// on. Other fields may hold what they like.
var codeLists = map[string][]string{
	"DKLB":      {"10", "21", "22", "23", "99"},
	"CBFLX":     {"1", "2", "3"},
	"CBJYQQDFS": {"110", "120", "121", "122", "123", "129", "200", "300", "900"},
}

// mapped lists the values that a package's own code maps explain.
func (c CodeMaps) mapped(field string) []string {
	switch field {
	case "DKLB":
		return c.ContractedLand
	case "CBFLX":
		return c.Family
	case "CBJYQQDFS":
		return c.Transfer
	}
	return nil
}

// strange is a value that the standard does not know: one entry in the report
// for all its rows.
type strange struct {
	rows, first int
}

// value notes a field's value where neither the standard nor the package's
// code maps know it, and returns it trimmed.
func (s *tableState) value(row int, field, raw string) string {
	v := strings.TrimSpace(raw)
	if v == "" || slices.Contains(codeLists[field], v) || slices.Contains(s.b.opt.Codes.mapped(field), v) {
		return v
	}
	s.b.strangeValue(s.layer, field, v, row)
	return v
}

func (b *book) strangeValue(layer, field, value string, row int) {
	if b.strange == nil {
		b.strange = map[[3]string]*strange{}
	}
	k := [3]string{layer, field, strings.Clone(value)}
	if b.strange[k] == nil {
		b.strange[k] = &strange{first: row}
	}
	b.strange[k].rows++
}

// maxStrange bounds how many values of one kind a report lists.
const maxStrange = 200

// reportStrange writes one entry for each value.
func (b *book) reportStrange() {
	keys := make([][3]string, 0, len(b.strange))
	for k := range b.strange {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(x, y [3]string) int { return slices.Compare(x[:], y[:]) })
	for _, k := range keys[:min(len(keys), maxStrange)] {
		v := b.strange[k]
		b.add(Defect{Code: ValueUnknown, Severity: SeverityWarning, Layer: k[0], Key: k[1] + "=" + k[2], Row: v.first,
			Message: fmt.Sprintf("%s 的值 %q 不在标准代码表中，共 %d 行 / value is not in the standard's list, %d rows", k[1], k[2], v.rows, v.rows)})
	}
	if n := len(keys) - maxStrange; n > 0 {
		b.add(Defect{Code: ValueUnknown, Severity: SeverityWarning, Layer: "*", Key: "*",
			Message: fmt.Sprintf("另有 %d 个值不在标准代码表中 / %d more values are in no list", n, n)})
	}
}
