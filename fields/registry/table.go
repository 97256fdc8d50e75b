package registry

import (
	"context"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// table is one table of the package, wherever it is kept.
type table struct {
	name    string // as found
	where   string // file, for the report
	columns []string
	charset string // what its text was read in
	// each calls f for every row, numbered from 1. The cells are as many as columns
	// and valid only during the call.
	each func(ctx context.Context, f func(n int, cells []string) error) error
	// text decodes a cell that is wanted, false where its bytes are of no
	// encoding; nil where cells are text already.
	text func(cell string) (string, bool)
	// bad lists rows that could not be read; filled in by each.
	bad []badRow
}

// badRow is a row that could not be read, and its first cell where there is
// one.
type badRow struct {
	row int
	key string
}

// standardFields lists the fields of NY/T 2539-2016 per table, as packages
// carry them.
var standardFields = map[string][]string{
	"CBDKXX":      strings.Fields("DKBM FBFBM CBFBM CBJYQQDFS HTMJ CBHTBM LZHTBM CBJYQZBM YHTMJ HTMJM YHTMJM SFQQQG"),
	"FBF":         strings.Fields("FBFBM FBFMC FBFFZRXM FZRZJLX FZRZJHM LXDH FBFDZ YZBM FBFDCY FBFDCRQ FBFDCJS"),
	"CBF":         strings.Fields("CBFBM CBFLX CBFMC CBFZJLX CBFZJHM CBFDZ YZBM LXDH CBFCYSL CBFDCRQ CBFDCY CBFDCJS GSJS GSJSR GSSHRQ GSSHR"),
	"CBF_JTCY":    strings.Fields("CBFBM CYXM CYXB CYZJLX CYZJHM YHZGX CYBZ SFGYR CYBZSM"),
	"CBHT":        strings.Fields("CBHTBM YCBHTBM FBFBM CBFBM CBFS CBQXQ CBQXZ HTZMJ CBDKZS QDSJ HTZMJM YHTZMJ YHTZMJM"),
	"LZHT":        strings.Fields("CBHTBM LZHTBM CBFBM SRFBM LZFS LZQX LZQXKSRQ LZQXJSRQ LZMJ LZDKS LZQTDYT LZHTDYT LZJGSM HTQDRQ LZMJM"),
	"CBJYQZ":      {"CBJYQZBM"},
	"CBJYQZDJB":   {"CBJYQZBM"},
	"CBJYQZ_QZZX": {"CBJYQZBM"},
}

// standardTables are those that every package must hold, in the standard's
// order.
var standardTables = []string{"CBDKXX", "FBF", "CBF", "CBF_JTCY", "CBHT", "LZHT", "CBJYQZDJB", "CBJYQZ", "CBJYQZ_QZZX"}

// tableNames gives the other names that tables go by.
var tableNames = map[string][]string{
	"CBDKXX":      {"承包地块信息", "承包地块信息表"},
	"FBF":         {"发包方", "发包方表"},
	"CBF":         {"承包方", "承包方表"},
	"CBF_JTCY":    {"CBFJTCY", "JTCY", "家庭成员", "承包方家庭成员", "家庭成员表"},
	"CBHT":        {"承包合同", "承包合同表"},
	"LZHT":        {"流转合同", "流转合同表"},
	"CBJYQZ":      {"承包经营权证", "权证"},
	"CBJYQZDJB":   {"承包经营权证登记簿", "登记簿"},
	"CBJYQZ_QZZX": {"QZZX", "权证注销"},
	"KZD":         {"控制点"},
}

// fieldNames gives the Chinese column heads that stand for a field.
var fieldNames = map[string][]string{
	"DKBM": {"地块编码", "地块代码"}, "FBFBM": {"发包方编码", "发包方代码"}, "CBFBM": {"承包方编码", "承包方代码"},
	"CBHTBM": {"承包合同编码", "承包合同代码"}, "CBJYQZBM": {"承包经营权证编码", "权证编码", "承包经营权证(登记簿)编码"},
	"CBJYQQDFS": {"承包经营权取得方式"}, "HTMJ": {"合同面积"}, "HTZMJ": {"合同总面积"}, "LZHTBM": {"流转合同编码", "流转合同代码"},
	"FBFFZRXM": {"发包方负责人姓名"}, "FZRZJLX": {"负责人证件类型"}, "FZRZJHM": {"负责人证件号码"},
	"CBFLX": {"承包方类型"}, "CBFMC": {"承包方名称", "承包方(代表)名称"}, "CBFZJLX": {"承包方证件类型"}, "CBFZJHM": {"承包方证件号码"},
	"CBFDZ": {"承包方地址"}, "LXDH": {"联系电话"}, "CBFCYSL": {"承包方成员数量", "成员数量"},
	"CYXM": {"成员姓名"}, "CYZJLX": {"成员证件类型"}, "CYZJHM": {"成员证件号码"}, "YHZGX": {"与户主关系"},
	"CBQXQ": {"承包期限起"}, "CBQXZ": {"承包期限止"}, "SRFBM": {"受让方编码", "受让方代码"},
	"LZQXKSRQ": {"流转期限开始日期"}, "LZQXJSRQ": {"流转期限结束日期"}, "HTMJM": {"合同面积亩"}, "HTZMJM": {"合同总面积亩"},
	"FBFMC": {"发包方名称"},
}

// cell gives a cell's text.
func (t *table) cell(raw string) string {
	if t.text == nil {
		return raw
	}
	s, _ := t.text(raw)
	return s
}

// column finds a field by its name or a Chinese head, whatever its case; −1
// where the table has none.
func (t *table) column(field string) int {
	match := func(want string) int {
		for i, c := range t.columns {
			if strings.EqualFold(strings.TrimSpace(c), want) {
				return i
			}
		}
		return -1
	}
	if i := match(field); i >= 0 {
		return i
	}
	for _, n := range fieldNames[field] {
		if i := match(n); i >= 0 {
			return i
		}
	}
	return -1
}

var tableSuffix = regexp.MustCompile(`^(.*?)[_\-]?\d{4,}$`)

// canonicalTable returns the standard's name for a table that a package calls
// name: with the county code or year as suffix, in Chinese, in any case.
func canonicalTable(name string) string {
	n := strings.ToUpper(strings.TrimSpace(path.Base(name)))
	n = strings.TrimPrefix(n, "_")
	if m := tableSuffix.FindStringSubmatch(n); m != nil && m[1] != "" {
		n = m[1]
	}
	if n == "CBJYQZ_QZZX" || n == "QZZX" {
		return "CBJYQZ_QZZX"
	}
	for std, others := range tableNames {
		if n == std {
			return std
		}
		for _, o := range others {
			if n == o {
				return std
			}
		}
	}
	return ""
}

// findTables opens every table of the bundle that the standard knows. A table
// kept twice is taken from the first source in the order mdb, database, XLSX,
// CSV; the other is noted.
func findTables(ctx context.Context, b *bundle, opt Options) (found map[string]*table, defects []Defect, closers []func()) {
	found = map[string]*table{}
	add := func(ts []*table) {
		for _, t := range ts {
			std := canonicalTable(t.name)
			if std == "" {
				continue
			}
			if old, twice := found[std]; twice {
				defects = append(defects, Defect{Code: TableMissing, Severity: SeverityWarning, Layer: std, Key: t.where,
					Message: fmt.Sprintf("表 %s 出现两次，采用 %s / table comes twice, %s is used", std, old.where, old.where)})
				continue
			}
			found[std] = t
		}
	}
	for _, kind := range []struct {
		exts string
		open func(context.Context, bundleFile, Options) ([]*table, func(), error)
	}{
		{".mdb.accdb.", openMDB}, {".gpkg.sqlite.db.sqlite3.", openOGRTables}, {".xlsx.xlsm.", openXLSX}, {".csv.txt.", openCSV},
	} {
		for _, f := range b.files {
			if f.ext() == "" || !strings.Contains(kind.exts, f.ext()+".") {
				continue
			}
			if f.ext() == ".csv" || f.ext() == ".txt" {
				if canonicalTable(f.stem()) == "" {
					continue
				}
			}
			ts, closer, err := kind.open(ctx, f, opt)
			if err != nil {
				defects = append(defects, Defect{Code: TableMissing, Severity: SeverityError, Layer: f.stem(), Key: f.name,
					Message: fmt.Sprintf("%s 不可读 / cannot be read: %v", f.name, err)})
				continue
			}
			if closer != nil {
				closers = append(closers, closer)
			}
			add(ts)
		}
	}
	return found, defects, closers
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
