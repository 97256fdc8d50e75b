package letter_test

import (
	"math"
	"strings"
	"testing"

	"parus/credit"
	"parus/internal/letter"
)

// The first block are the examples of the rules for filling in bills (1997),
// each in the variant that this package writes.
func TestCapitalsFollowTheRulesForBills(t *testing.T) {
	t.Parallel()
	for fen, want := range map[credit.Fen]string{
		1_409_50:   "壹仟肆佰零玖元伍角整",
		6_007_14:   "陆仟零柒元壹角肆分",
		1_680_32:   "壹仟陆佰捌拾元零叁角贰分",
		107_000_53: "壹拾万柒仟元零伍角叁分",
		16_409_02:  "壹万陆仟肆佰零玖元零贰分",
		325_04:     "叁佰贰拾伍元零肆分",

		0:                         "零元整",
		1:                         "壹分",
		50:                        "伍角整",
		55:                        "伍角伍分",
		1_00:                      "壹元整",
		1_05:                      "壹元零伍分",
		10_00:                     "壹拾元整",
		20_10:                     "贰拾元零壹角整",
		7_100_00:                  "柒仟壹佰元整",
		10_000_00:                 "壹万元整",
		10_005_00:                 "壹万零伍元整",
		10_500_00:                 "壹万零伍佰元整",
		100_100_00:                "壹拾万零壹佰元整",
		101_000_00:                "壹拾万壹仟元整",
		200_000_00:                "贰拾万元整",
		1_000_000_00:              "壹佰万元整",
		1_000_010_00:              "壹佰万零壹拾元整",
		10_010_010_00:             "壹仟零壹万零壹拾元整",
		100_000_000_00:            "壹亿元整",
		100_005_000_00:            "壹亿零伍仟元整",
		100_010_000_00:            "壹亿零壹万元整",
		1_000_000_000_000_00:      "壹万亿元整",
		1_000_100_000_000_00:      "壹万零壹亿元整",
		math.MaxInt64:             "玖亿贰仟贰佰叁拾叁万柒仟贰佰零叁亿陆仟捌佰伍拾肆万柒仟柒佰伍拾捌元零柒分",
		-7_100_00:                 "负柒仟壹佰元整",
		credit.Fen(math.MinInt64): "负玖亿贰仟贰佰叁拾叁万柒仟贰佰零叁亿陆仟捌佰伍拾肆万柒仟柒佰伍拾捌元零捌分",
	} {
		if got := letter.Capitals(fen); got != "人民币"+want {
			t.Errorf("%s is %s, want 人民币%s", fen, got, want)
		}
	}
}

// value reads capitals back, by another way than they are written.
func value(t *testing.T, capitals string) credit.Fen {
	t.Helper()
	var total, section, digit int64
	for _, r := range strings.TrimPrefix(capitals, "人民币") {
		if d := strings.IndexRune("零壹贰叁肆伍陆柒捌玖", r); d >= 0 {
			digit = int64(d / len("零"))
			continue
		}
		switch r {
		case '拾', '佰', '仟':
			section += digit * map[rune]int64{'拾': 10, '佰': 100, '仟': 1000}[r]
			digit = 0
		case '万', '亿':
			total = (total + section + digit) * map[rune]int64{'万': 1e4, '亿': 1e8}[r]
			section, digit = 0, 0
		case '元':
			total = (total + section + digit) * 100
			section, digit = 0, 0
		case '角':
			total, digit = total+digit*10, 0
		case '分':
			total, digit = total+digit, 0
		case '整':
		default:
			t.Fatalf("%q in %s", r, capitals)
		}
	}
	return credit.Fen(total)
}

// Below 10¹¹ fen (万 once, 亿 once before it) the reader above is exact where 亿
// comes first; the amounts here stay below 10⁸ yuan.
func TestCapitalsReadBackAsTheAmount(t *testing.T) {
	t.Parallel()
	for f := credit.Fen(0); f < 1e10; f = f*3 + f%97 + 1 {
		for _, fen := range []credit.Fen{f, f / 100 * 100, f / 1000000 * 1000000} {
			if got := value(t, letter.Capitals(fen)); got != fen {
				t.Errorf("%s reads as %s", letter.Capitals(fen), got)
			}
		}
	}
}
