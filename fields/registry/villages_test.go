package registry_test

import (
	"slices"
	"testing"

	"parus/fields/registry"
)

func TestAVillagesNameComesOutOfItsCollectives(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"青禾县东关镇红旗村第3村民小组":  "红旗村",
		"前傅泉屯第一村民小组":       "前傅泉屯",
		"东关街道办事处和平社区居民委员会": "和平社区",
		"红旗村民委员会":          "红旗村",
		"红旗村村民委员会":         "红旗村",
		"红旗村股份经济合作社":       "红旗村",
		"西乡":               "西乡",
	} {
		got := registry.VillagesOf([2]string{"37019910100101", name})
		if len(got) != 1 || got[0] != (registry.VillageName{Code: "370199101001", Name: want}) {
			t.Errorf("%s gives %v, want %q", name, got, want)
		}
	}
	got := registry.VillagesOf([2]string{"37019910100102", "红旗村第二组"}, [2]string{"37019910100100", "红旗新村"}, [2]string{"37019910100103", "红旗村第三组"},
		[2]string{"370199101002", "短码村"}, [2]string{"37019910100001", "白杨村"}, [2]string{"37019910100301", "第一村民小组"}, [2]string{"37019910100401", " "})
	want := []registry.VillageName{{Code: "370199101000", Name: "白杨村"}, {Code: "370199101001", Name: "红旗新村"}}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v: the village's own row comes first, and no name is no village", got, want)
	}
}
