package credit

import "strings"

// BindingWords says in Chinese and English what set a line: a decision's or an
// offer's Binding, be it an amount of the model, what was asked for, a cap or a
// rule of the policy, or a limit by the name that the book gives it. A limit's
// key (a code) stays as it is; what is not known is told as it came.
func BindingWords(binding string) (zh, en string) {
	for _, w := range [...][3]string{
		{"need", "投入所需", "the need"},
		{"capacity", "还款能力", "the capacity to repay"},
		{"value", "按预期收入的垫付比例", "the advance on the expected revenue"},
		{BindingAsked, "申请金额", "the amount asked for"},
		{"product_cap", "产品的额度上限", "the product's cap"},
		{"first_season_cap", "首个贷款季的额度上限", "the cap of a first season"},
		{"household_cap", "单户额度上限", "the cap of a household"},
		{"identity", "申请人身份", "who applies"},
	} {
		if binding == w[0] {
			return w[1], w[2]
		}
	}
	kind, key, _ := strings.Cut(binding, " ")
	for _, w := range [...][2]string{{"household", "该农户"}, {"village", "村"}, {"county", "县"}, {"crop", "作物"}} {
		if kind == w[0] {
			return strings.TrimSpace(w[1]+" "+key) + "的剩余额度", strings.TrimSpace("the room left of " + kind + " " + key)
		}
	}
	if kind == "rule" {
		return "政策规则 " + key, "the policy's rule " + key
	}
	return binding + "的剩余额度", "the room left of " + binding
}

func bindingZH(binding string) string { zh, _ := BindingWords(binding); return zh }

func bindingEN(binding string) string { _, en := BindingWords(binding); return en }
