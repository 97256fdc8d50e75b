package registry

import (
	"context"
	"fmt"
	"strings"
)

// readCollectives checks FBF, the collectives that contract land out. Their
// heads hold office: they are not kept as persons.
func (b *book) readCollectives(ctx context.Context, tables map[string]*table) error {
	seen := map[string]bool{}
	return b.readTable(ctx, tables, "FBF", []string{"FBFBM"}, func(s *tableState, n int, _ []string, col func(string) string) {
		code := strings.Clone(s.code(n, "FBFBM", col("FBFBM"), 14))
		switch {
		case code == "":
			s.note(Defect{Code: CodeLength, Severity: SeverityError, Row: n, Message: "FBFBM 为空 / code is empty"})
			return
		case s.state == quarantined:
			return
		case seen[code]:
			s.note(Defect{Code: CodeDuplicate, Severity: SeverityError, Key: code, Row: n, Message: "发包方代码重复 / collective's code occurs twice"})
			return
		case b.county != "" && !strings.HasPrefix(code, b.county):
			s.note(Defect{Code: CodeCounty, Severity: SeverityError, Key: code, Row: n,
				Message: fmt.Sprintf("发包方代码不属于 %s / collective's code of another county", b.county)})
			return
		}
		seen[code] = true
		b.villages.add(code, col("FBFMC"))
		b.person(s, n, &Person{HouseholdID: code, IDKind: strings.TrimSpace(col("FZRZJLX")), IDNumber: col("FZRZJHM"), Phone: col("LXDH")})
	})
}
