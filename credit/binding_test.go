package credit_test

import (
	"testing"

	"parus/credit"
)

func TestAmountsForPeopleHaveThousandsApart(t *testing.T) {
	t.Parallel()
	for fen, want := range map[credit.Fen]string{
		0: "0", 5: "0.05", 99_900: "999", 100_000: "1,000", 123_450: "1,234.50", 1_234_567_890: "12,345,678.90", -64_000: "−640", -100_001: "−1,000.01",
	} {
		if got := fen.Grouped(); got != want {
			t.Errorf("%d fen: %s, want %s", fen, got, want)
		}
	}
}

func TestWhatSetALineHasWordsInBothLanguages(t *testing.T) {
	t.Parallel()
	for binding, want := range map[string][2]string{
		"need": {"投入所需", "the need"}, "asked": {"申请金额", "the amount asked for"}, "product_cap": {"产品的额度上限", "the product's cap"},
		"household": {"该农户的剩余额度", "the room left of household"}, "village 370199001001": {"村 370199001001的剩余额度", "the room left of village 370199001001"},
		"crop maize": {"作物 maize的剩余额度", "the room left of crop maize"}, "rule little-proof": {"政策规则 little-proof", "the policy's rule little-proof"},
		"bank": {"bank的剩余额度", "the room left of bank"},
	} {
		if zh, en := credit.BindingWords(binding); zh != want[0] || en != want[1] {
			t.Errorf("%s: %q, %q; want %q", binding, zh, en, want)
		}
	}
}
