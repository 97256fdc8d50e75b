package report

import "strings"

// stageOrder lists the stages in the order in which work flows.
func stageOrder() []string {
	return []string{"catalogue", "scene", "registry", "parcel", "coverage", "observe", "observation", "match", "series", "crop", "yield", "line", "credit", "household", "publish", "report"}
}

func stageWords(stage string) Words {
	switch stage {
	case "catalogue":
		return Words{"影像目录", "catalogue"}
	case "scene":
		return Words{"影像", "scene"}
	case "registry":
		return Words{"承包地登记", "registry"}
	case "parcel":
		return Words{"地块", "parcel"}
	case "coverage":
		return Words{"像元覆盖", "coverage"}
	case "observe", "observation":
		return Words{"逐景观测", "observation"}
	case "match":
		return Words{"地块匹配", "match"}
	case "series":
		return Words{"时间序列", "series"}
	case "crop":
		return Words{"作物识别", "crop"}
	case "yield":
		return Words{"产量估计", "yield"}
	case "line", "credit":
		return Words{"授信", "credit"}
	case "household":
		return Words{"农户", "household"}
	case "publish":
		return Words{"发布", "publish"}
	case "report":
		return Words{"报告", "report"}
	}
	return Words{stage, ""}
}

// reasonWords says a reason code in words. The codes are those of the credit
// method; one that is not known here is shown as it is.
func reasonWords(code string) Words {
	number, _, _ := strings.Cut(code, "_")
	switch number {
	case "R01":
		return Words{"地块位置不确定", "Parcel match is uncertain"}
	case "R02":
		return Words{"作物不确定", "Crop is uncertain"}
	case "R03":
		return Words{"产量不确定", "Yield is uncertain"}
	case "R04":
		return Words{"面积不一致", "Areas conflict"}
	case "R05":
		return Words{"权证缺失", "Certificate is missing"}
	case "R06":
		return Words{"已有负债", "Existing debt"}
	case "R07":
		return Words{"灾害风险", "Hazard"}
	case "R08":
		return Words{"集中度限制", "Concentration limit"}
	case "R09":
		return Words{"政策上限", "Policy cap"}
	case "R10":
		return Words{"影像过旧", "Imagery is stale"}
	case "R11":
		return Words{"流转未证实", "Tenancy is unproven"}
	}
	return Words{code, ""}
}

// cropWords names a crop: by the season's own names, else by its code.
func (s Season) cropWords(code string) Words {
	if w, ok := s.CropNames[code]; ok {
		return w
	}
	if code == "" {
		return Words{"无结果", "no result"}
	}
	return Words{strings.ReplaceAll(code, "_", " "), ""}
}

// plain joins both languages where only one string fits.
func (w Words) plain() string {
	if w.En == "" || w.En == w.Zh {
		return w.Zh
	}
	if w.Zh == "" {
		return w.En
	}
	return w.Zh + " " + w.En
}
