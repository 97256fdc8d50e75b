package registry

// codeNames gives each code a name for people, Chinese and English.
var codeNames = map[string][2]string{
	CRSMissing: {"缺坐标系文件", "No coordinate system named"}, CRSGeographic: {"坐标为经纬度", "Degrees where metres are due"},
	CRSOldDatum: {"旧坐标系", "Old datum"}, CRSUnplaced: {"坐标无法定位", "Coordinates fit nowhere"}, AxesSwapped: {"坐标轴颠倒", "Axes swapped"},
	ZonePrefixMissing: {"东坐标缺带号", "Zone number missing"}, ZonePrefixExtra: {"东坐标多带号", "Zone number in excess"},
	EncodingUndeclared: {"编码未注明或不符", "Encoding not declared, or wrongly"}, EncodingGarbled: {"文字乱码", "Garbled text"},
	CodeCharacters: {"代码含异常字符", "Odd characters in a code"}, CodeLength: {"代码位数不对", "Code of the wrong length"},
	CodeDuplicate: {"代码重复", "Code used twice"}, CodeCounty: {"代码属于外县", "Code of another county"},
	GeomMissing: {"缺图形", "No shape"}, GeomInvalid: {"图形无效", "Invalid shape"}, GeomMultipart: {"图形有多个部件", "Shape of several parts"},
	GeomOutside: {"远离本县", "Far from the county"}, AreaTiny: {"面积不足 1 m²", "Below 1 m²"}, Sliver: {"狭长碎块", "Sliver"},
	AngleSharp: {"尖角", "Sharp angle"}, VertexClose: {"节点过近", "Vertices too close"}, Overlap: {"地块重叠", "Parcels overlap"},
	NotSnapped: {"相邻节点未捕捉", "Neighbours not snapped"}, AreaMismatch: {"面积不符", "Areas differ"}, AreaUnitMu: {"面积误填为亩", "Area given in mu"},
	ShapeWithoutHolding: {"有图形无承包信息", "Shape without a holding"}, HoldingWithoutShape: {"有承包信息无图形", "Holding without a shape"},
	HoldingWithoutHouse: {"承包方不存在", "Holding without a household"}, HolderMultiple: {"一地多户", "Several households on one parcel"},
	ContractAreaSum: {"合同面积合计不符", "Contract's areas do not add up"}, ContractExpired: {"合同到期", "Contract expired"},
	CertificateCancelled: {"权证已注销", "Certificate cancelled"}, MemberCount: {"成员数不符", "Number of members differs"},
	HeadMissing: {"缺户主", "No head of household"}, IDChecksum: {"身份证号校验不符", "Resident ID fails its check"},
	IDDuplicate: {"一证多户", "One ID number in two households"}, PhoneInvalid: {"电话格式不对", "Malformed telephone number"},
	TableMissing: {"缺表或表不可读", "Table missing or unreadable"}, FieldMissing: {"缺字段", "Field missing"}, FieldType: {"字段类型不对", "Wrong type of a field"},
	RowUnreadable: {"记录不可读", "Row cannot be read"}, ValueUnknown: {"代码表以外的值", "Value in no code list"},
	HouseholdUnknown: {"查无此户", "Household unknown"}, HouseholdAmbiguous: {"对应多户", "Several households fit"},
	ParcelUnknown: {"查无此地块", "Parcel unknown"}, CropUnknown: {"作物未对照", "Crop not mapped"}, AmountMismatch: {"金额不符", "Amount differs"},
	TotalRow: {"合计行", "Line of totals"}, RowRepeated: {"重复行", "Repeated row"},
}
