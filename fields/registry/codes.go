package registry

// The codes of defects. A report may carry all of them; [Fixes] says what to
// do about each.
const (
	CRSMissing           = "CRS_MISSING"
	CRSGeographic        = "CRS_GEOGRAPHIC"
	CRSOldDatum          = "CRS_OLD_DATUM"
	CRSUnplaced          = "CRS_UNPLACED" // no reading of the coordinates lands in the county
	AxesSwapped          = "AXES_SWAPPED"
	ZonePrefixMissing    = "ZONE_PREFIX_MISSING"
	ZonePrefixExtra      = "ZONE_PREFIX_EXTRA"
	EncodingUndeclared   = "ENCODING_UNDECLARED"
	EncodingGarbled      = "ENCODING_GARBLED"
	CodeCharacters       = "CODE_CHARACTERS"
	CodeLength           = "CODE_LENGTH"
	CodeDuplicate        = "CODE_DUPLICATE"
	CodeCounty           = "CODE_COUNTY"
	GeomMissing          = "GEOM_MISSING"
	GeomInvalid          = "GEOM_INVALID"
	GeomMultipart        = "GEOM_MULTIPART"
	GeomOutside          = "GEOM_OUTSIDE" // far from the rest of the layer
	AreaTiny             = "AREA_TINY"
	Sliver               = "SLIVER"
	AngleSharp           = "ANGLE_SHARP"
	VertexClose          = "VERTEX_CLOSE"
	Overlap              = "OVERLAP"
	NotSnapped           = "NOT_SNAPPED"
	AreaMismatch         = "AREA_MISMATCH"
	AreaUnitMu           = "AREA_UNIT_MU"
	ShapeWithoutHolding  = "SHAPE_WITHOUT_HOLDING"
	HoldingWithoutShape  = "HOLDING_WITHOUT_SHAPE"
	HoldingWithoutHouse  = "HOLDING_WITHOUT_HOUSEHOLD"
	HolderMultiple       = "HOLDER_MULTIPLE"
	ContractAreaSum      = "CONTRACT_AREA_SUM"
	ContractExpired      = "CONTRACT_EXPIRED"
	CertificateCancelled = "CERTIFICATE_CANCELLED"
	MemberCount          = "MEMBER_COUNT"
	HeadMissing          = "HEAD_MISSING"
	IDChecksum           = "ID_CHECKSUM"
	IDDuplicate          = "ID_DUPLICATE"
	PhoneInvalid         = "PHONE_INVALID"
	TableMissing         = "TABLE_MISSING"
	FieldMissing         = "FIELD_MISSING"
	FieldType            = "FIELD_TYPE"
	RowUnreadable        = "ROW_UNREADABLE"
	ValueUnknown         = "VALUE_UNKNOWN" // in no code list of the standard nor of the package
	HouseholdUnknown     = "HOUSEHOLD_UNKNOWN"
	HouseholdAmbiguous   = "HOUSEHOLD_AMBIGUOUS"
	ParcelUnknown        = "PARCEL_UNKNOWN"
	CropUnknown          = "CROP_UNKNOWN"
	AmountMismatch       = "AMOUNT_MISMATCH"
	TotalRow             = "TOTAL_ROW"
	RowRepeated          = "ROW_REPEATED"
)

// fixes says what to do about a defect, Chinese first.
var fixes = map[string]string{
	CRSMissing:           "补交 .prj，或用 --crs 指明坐标系 / hand in the .prj or name the system with --crs",
	CRSGeographic:        "按 CGCS2000 高斯-克吕格 3 度带投影后提交 / project to CGCS2000 Gauss-Kruger, 3-degree zone",
	CRSOldDatum:          "转换到 CGCS2000，或在 KZD 图层提供至少三个公共控制点 / convert to CGCS2000, or give three or more common control points in layer KZD",
	CRSUnplaced:          "核对坐标系与县代码，或用 --crs 指明 / check the coordinate system and the county code, or use --crs",
	AxesSwapped:          "导出时以东坐标为 x、北坐标为 y / export with x east and y north",
	ZonePrefixMissing:    "东坐标前加带号，或使坐标系与坐标一致 / put the zone number in front of eastings, or make the .prj agree",
	ZonePrefixExtra:      "去掉带号，或使坐标系与坐标一致 / drop the zone number, or make the .prj agree",
	EncodingUndeclared:   "补交 .cpg 并写明实际编码 / hand in a .cpg that names the encoding",
	EncodingGarbled:      "用 GB18030 或 UTF-8 重新导出该记录的文字 / export this row's text again as GB18030 or UTF-8",
	CodeCharacters:       "改为半角数字，去掉空格和控制字符 / use plain digits without blanks or control characters",
	CodeLength:           "按 NY/T 2539 补正代码位数 / correct the code's length by NY/T 2539",
	CodeDuplicate:        "核实并重新编码 / find out which is right and renumber the other",
	CodeCounty:           "核实所属县，改正或移出 / check the county; correct the code or remove the row",
	GeomMissing:          "补绘图形 / draw the shape",
	GeomInvalid:          "修正自相交、重叠边或未闭合的环 / remove self-intersections, overlapping sides and open rings",
	GeomMultipart:        "拆分为单部件并分别编码 / split into single parts with codes of their own",
	GeomOutside:          "核对该地块坐标 / check this parcel's coordinates",
	AreaTiny:             "删除碎屑图形或合并到相邻地块 / delete the scrap or merge it into its neighbour",
	Sliver:               "合并狭长碎块或核实界线 / merge the sliver or check the boundary",
	AngleSharp:           "检查并删除尖角节点 / check the spike and remove its vertex",
	VertexClose:          "合并过近的节点 / merge vertices that lie too close",
	Overlap:              "核实界线，消除重叠 / check the boundary and remove the overlap",
	NotSnapped:           "把相邻地块的节点捕捉到一起 / snap the neighbours' vertices together",
	AreaMismatch:         "核实实测面积与图形 / check the surveyed area against the shape",
	AreaUnitMu:           "SCMJ 应以平方米填写 / give SCMJ in square metres",
	ShapeWithoutHolding:  "补登承包地块信息，或改正地块类别 / add the row in CBDKXX, or correct DKLB",
	HoldingWithoutShape:  "补交图形或注销该承包地块信息 / hand in the shape or remove the row",
	HoldingWithoutHouse:  "补登承包方 / add the household to CBF",
	HolderMultiple:       "核实唯一的承包方；共有的在成员中登记 / settle on one holder; register co-owners as members",
	ContractAreaSum:      "核对合同总面积与各地块合同面积 / check the contract's total against its parcels",
	ContractExpired:      "续签或更新承包期限 / renew the contract or update its term",
	CertificateCancelled: "该证已注销；换发后重新提交 / the certificate is cancelled; hand in the new one",
	MemberCount:          "核对家庭成员数 / check the number of members",
	HeadMissing:          "补登户主或改正与户主关系代码 / add the head or correct YHZGX",
	IDChecksum:           "核对证件号码 / check the ID number",
	IDDuplicate:          "核实此人属于哪一户 / find out which household the person belongs to",
	PhoneInvalid:         "核对联系电话 / check the telephone number",
	TableMissing:         "补交该表 / hand in the table",
	FieldMissing:         "补交该字段 / hand in the field",
	FieldType:            "改为规定的类型 / use the type the standard asks for",
	RowUnreadable:        "重新导出该记录 / export the row again",
	ValueUnknown:         "改为标准代码，或在列对照文件的 codes 中说明其含义 / use the standard's code, or say what it means under codes in the mapping",
	HouseholdUnknown:     "核对承包方编码、身份证号或合同编码 / check the household's code, the ID number or the contract's code",
	HouseholdAmbiguous:   "补充承包方编码或身份证号 / add the household's code or the ID number",
	ParcelUnknown:        "核对地块编码 / check the parcel code",
	CropUnknown:          "在列对照文件的 crops 中对应到作物代码 / map the name to a crop code under crops in the mapping",
	AmountMismatch:       "核对面积、标准与金额 / check area, rate and amount",
	TotalRow:             "合计行不是记录，可删去 / a line of totals is no record; leave it out",
	RowRepeated:          "删去重复行 / remove the repeated row",
}
