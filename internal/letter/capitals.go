package letter

import (
	"strings"

	"parus/credit"
)

// Capitals writes an amount of CNY in financial capitals, with 人民币 before it,
// by the rules for filling in bills (中国人民银行《正确填写票据和结算凭证的基本规定》,
// 1997, articles 1 to 3): 整 closes an amount without fen; zeros between digits
// are one 零; where the rules leave it open whether to write 零, it is written
// after 元 and not after 万 or 亿. Negative amounts, which no letter has, begin
// with 负.
func Capitals(f credit.Fen) string {
	sign := ""
	v := uint64(f)
	if f < 0 {
		sign, v = "负", -v
	}
	yuan, jiao, fen := v/100, v/10%10, v%10
	var b strings.Builder
	b.WriteString("人民币" + sign)
	if yuan > 0 || v == 0 {
		b.WriteString(wholeCapitals(yuan) + "元")
	}
	if jiao == 0 && fen == 0 {
		return b.String() + "整"
	}
	if yuan > 0 && (jiao == 0 || yuan%10 == 0) {
		b.WriteString("零")
	}
	if jiao > 0 {
		b.WriteString(capital(jiao) + "角")
	}
	if fen == 0 {
		return b.String() + "整"
	}
	return b.String() + capital(fen) + "分"
}

func capital(digit uint64) string { return string([]rune("零壹贰叁肆伍陆柒捌玖")[digit]) }

// wholeCapitals writes a whole number, 零 for 0: what stands before the greatest
// unit that fits, the unit, and the rest.
func wholeCapitals(n uint64) string {
	for _, unit := range []struct {
		of   uint64
		name string
	}{{1e8, "亿"}, {1e4, "万"}, {1000, "仟"}, {100, "佰"}, {10, "拾"}} {
		if n < unit.of {
			continue
		}
		rest := n % unit.of
		switch {
		case rest == 0:
			return wholeCapitals(n/unit.of) + unit.name
		case rest < unit.of/10:
			return wholeCapitals(n/unit.of) + unit.name + "零" + wholeCapitals(rest)
		default:
			return wholeCapitals(n/unit.of) + unit.name + wholeCapitals(rest)
		}
	}
	return capital(n)
}
