package registry

import (
	"regexp"
	"strings"
	"time"
	"unicode"
)

// TableKind is what a county's table is about.
type TableKind string

// The kinds of tables that are read with a mapping of columns.
const (
	ParcelTable   TableKind = "parcels"   // shapes with attributes
	SubsidyTable  TableKind = "subsidies" // payments to households
	PlantingTable TableKind = "plantings" // who declares which crop on which parcel
)

// role is what a column may hold.
type role struct {
	name  string
	kinds string   // of tables, initials: p, s, d (declarations of planting)
	heads []string // names of such columns, the likeliest first
	// fits tells by a cell that is not empty; nil where only the head tells.
	fits func(cell string) bool
}

// roles lists what Parus reads of county tables. Heads are general knowledge
// of county practice in Chinese, English and pinyin initials; [MappingFile]
// overrides them. Columns that may hold people's names are never suggested as
// ids of households.
var roles = []role{
	{"id", "p", words("dkbm 地块编码 地块代码 地块编号 parcel_id parcelid parcel field_id fieldid gis_id id objectid uid uuid id_parcel " +
		"ref_id local_id inspire_id determination_id gml_id"), isParcelCode},
	{"household", "p", words("cbfbm 承包方编码 承包方代码 household_id holder_id owner_id farmer_id grower_id farm_id journalnum applicant_id"), isHouseholdCode},
	{"area", "p", words("scmj 实测面积 图形面积 面积 declared_m2 area_m2 metrics:area shape_area area area_ha ha hectares gb geometrisk surface superficie flaeche flaeche_m2"), nil},
	{"village", "p", words("village 村代码 village_id village_code commune gemeinde municipality admin:subdivision_code"), isVillageCode},
	{"name", "p", words("dkmc 地块名称 name field_name parcel_name marknummer"), nil},

	{"parcel", "sd", words("dkbm 地块编码 地块代码 地块编号 parcel_id dkdm"), isParcelCode},
	{"household", "sd", words("cbfbm 承包方编码 承包方代码 户编码 household_id hbm"), isHouseholdCode},
	{"contract", "sd", words("cbhtbm 承包合同编码 合同编码 合同编号 contract_id htbm"), isContractCode},
	{"id_number", "sd", words("身份证号 身份证号码 证件号码 公民身份号码 id_number sfzh sfzhm zjhm"), isResidentID},
	{"grower", "sd", words("户主姓名 经营者 姓名 种植户 实际种植人 农户姓名 户主 grower name hzxm xm jyz"), nil},
	{"village", "sd", words("村 行政村 村名 村委会 village cun cm xzc"), nil},
	{"area", "sd", words("补贴面积 种植面积 播种面积 申报面积 面积 area area_mu btmj zzmj bzmj mj"), nil},
	{"registered_area", "s", words("确权面积 承包面积 registered_area qqmj cbmj"), nil},
	{"rate", "s", words("标准 补贴标准 单价 rate btbz bz"), nil},
	{"amount", "s", words("金额 补贴金额 实发金额 发放金额 amount btje je"), nil},
	{"scheme", "s", words("补贴项目 项目 补贴名称 补贴种类 scheme btxm xm_mc"), nil},
	{"batch", "s", words("批次 batch pc"), nil},
	{"paid", "s", words("发放日期 发放时间 打卡日期 paid ffrq"), isDate},

	{"year", "d", words("年度 年份 year nd nf"), isYear},
	{"season", "d", words("季别 季节 种植季 season jb"), nil},
	{"crop", "d", words("作物 作物名称 种植作物 作物种类 crop zw zwmc"), nil},
	{"crop_code", "d", words("作物代码 作物编码 crop_code zwdm zwbm"), nil},
	{"variety", "d", words("品种 variety pz"), nil},
	{"sown", "d", words("播种日期 播种时间 播期 sown sowing_date bzrq"), isDate},
	{"tenure", "d", words("自有/流转 经营方式 土地来源 来源 tenure zylz"), nil},
	{"lessor", "d", words("出租方 流出方 转出方 lessor czf"), nil},
	{"insured", "d", words("是否投保 投保 insured sftb"), nil},
}

func words(s string) []string { return strings.Fields(s) }

func (r *role) of(k TableKind) bool {
	initial := map[TableKind]string{ParcelTable: "p", SubsidyTable: "s", PlantingTable: "d"}[k]
	return initial != "" && strings.Contains(r.kinds, initial)
}

// rolesOf lists the roles of a kind of table; nil for an unknown kind.
func rolesOf(k TableKind) []*role {
	var out []*role
	for i := range roles {
		if roles[i].of(k) {
			out = append(out, &roles[i])
		}
	}
	return out
}

var inBrackets = regexp.MustCompile(`[(（\[【].*?[)）\]】]`)

// plainHead strips what surrounds the word in a head: units in brackets,
// blanks, line ends, punctuation; lower case.
func plainHead(head string) string {
	head = inBrackets.ReplaceAllString(strings.ToLower(head), "")
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("_-*.:：、", r) {
			return -1
		}
		return r
	}, head)
}

// isParcelCode wants a province in front: cards of banks have 19 digits too.
func isParcelCode(s string) bool {
	if len(s) != 19 || !digits(s) {
		return false
	}
	_, ok := provinces[s[:2]]
	return ok
}

func isHouseholdCode(s string) bool { return len(s) == 18 && digits(s) && !isResidentID(s) }

func isContractCode(s string) bool {
	return len(s) == 19 && digits(s[:18]) && (s[18] == 'J' || s[18] == 'Q' || s[18] == 'j')
}

func isVillageCode(s string) bool { return (len(s) == 12 || len(s) == 14) && digits(s) }

func isResidentID(s string) bool { return ValidResidentID(s, time.Time{}) }

func isDate(s string) bool {
	t, ok := parseDate(s)
	return ok && t.Year() >= 1990 && t.Year() < 2100
}

func isYear(s string) bool {
	return len(s) == 4 && digits(s) && (s[:2] == "19" || s[:2] == "20")
}
