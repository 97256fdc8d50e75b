package report

import (
	"slices"
	"strings"
)

// stage is a step of the work, or a kind of item that has outcomes of its own,
// with its name for people.
type stage struct {
	Code string
	Name Words
}

// stages lists them in the order in which work flows.
func stages() []stage {
	return []stage{
		{"catalogue", Words{"影像目录", "catalogue"}},
		{"scene", Words{"影像", "scene"}},
		{"registry", Words{"承包地登记", "registry"}},
		{"household", Words{"农户", "household"}},
		{"parcel", Words{"地块", "parcel"}},
		{"verify", Words{"影像核对", "verify"}},
		{"cover", Words{"像元覆盖", "cover"}},
		{"observe", Words{"逐景观测", "observe"}},
		{"match", Words{"地块匹配", "match"}},
		{"assemble", Words{"合成曲线", "assemble"}},
		{"series", Words{"时间序列", "series"}},
		{"recognise", Words{"作物识别", "recognise"}},
		{"crop", Words{"作物", "crop"}},
		{"declare", Words{"种植申报", "declare"}},
		{"estimate", Words{"产量估计", "estimate"}},
		{"yield", Words{"产量", "yield"}},
		{"decide", Words{"授信", "decide"}},
		{"credit", Words{"信贷", "credit"}},
		{"line", Words{"额度", "line"}},
		{"publish", Words{"发布", "publish"}},
		{"report", Words{"报告", "report"}},
	}
}

// stageRank is a stage's place in the order of work; one unknown here comes
// after all others.
func stageRank(code string) int {
	if i := slices.IndexFunc(stages(), func(s stage) bool { return s.Code == code }); i >= 0 {
		return i
	}
	return len(stages())
}

// stageWords names a stage, or shows its code where it is unknown here.
func stageWords(code string) Words {
	if i := stageRank(code); i < len(stages()) {
		return stages()[i].Name
	}
	return Words{Zh: code}
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
