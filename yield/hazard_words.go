package yield

import (
	"fmt"
	"strings"
)

// word is a text in Chinese and English.
type word struct{ zh, en string }

func hazardName(kind string) word {
	switch kind {
	case HazardDrought:
		return word{"干旱", "Drought"}
	case HazardFlood:
		return word{"洪涝", "Flood"}
	case HazardFrost:
		return word{"霜冻", "Frost"}
	case HazardHeat:
		return word{"高温或干热风", "Heat or dry-hot wind"}
	}
	return word{"绿度突降（雹灾、倒伏、早收或弃管）", "Sudden loss of green (hail, lodging, early cutting or abandonment)"}
}

// evidenceWords are formats of value and threshold.
func evidenceWords(what string) word {
	switch what {
	case "ndvi_fall":
		return word{"植被指数比同县同作物多降 %.2f（阈值 %.2f）", "NDVI fell %.2f more than the crop's in the county (threshold %.2f)"}
	case "ndvi_fall_spread":
		return word{"为当日离散度的 %.1f 倍（阈值 %.1f）", "%.1f times that day's spread (threshold %.1f)"}
	case "vci":
		return word{"植被状况指数 %.2f（阈值 %.2f）", "vegetation condition %.2f (threshold %.2f)"}
	case "water":
		return word{"水体指数 %.2f（阈值 %.2f）", "water index %.2f (threshold %.2f)"}
	case "water_rise":
		return word{"水体指数上升 %.2f（阈值 %.2f）", "water index rose by %.2f (threshold %.2f)"}
	case "rain_mm":
		return word{"降水 %.0f 毫米（阈值 %.0f）", "rain %.0f mm (threshold %.0f)"}
	case "dry_days":
		return word{"少雨 %.0f 天（阈值 %.0f）", "%.0f days almost without rain (threshold %.0f)"}
	case "tmin_c":
		return word{"最低气温 %.1f °C（阈值 %.1f）", "lowest temperature %.1f °C (threshold %.1f)"}
	case "tmax_c":
		return word{"最高气温 %.1f °C（阈值 %.1f）", "highest temperature %.1f °C (threshold %.1f)"}
	case "humidity":
		return word{"相对湿度 %.0f %%（阈值 %.0f）", "relative humidity %.0f %% (threshold %.0f)"}
	case "wind_m_s":
		return word{"风速 %.1f 米/秒（阈值 %.1f）", "wind %.1f m/s (threshold %.1f)"}
	}
	return word{what + " %.2f（阈值 %.2f）", what + " %.2f (threshold %.2f)"}
}

// describe writes what a finding says for people.
func (h *Hazard) describe() {
	name := hazardName(h.Kind)
	var zh, en []string
	for _, e := range h.Evidence {
		w := evidenceWords(e.What)
		zh, en = append(zh, fmt.Sprintf(w.zh, e.Value, e.Threshold)), append(en, fmt.Sprintf(w.en, e.Value, e.Threshold))
	}
	endZH, endEN := fmt.Sprintf("估计减产 %.0f %%（±%.0f %%），已计入产量", 100*h.Loss, 100*h.LossSD), fmt.Sprintf("about %.0f %% of the yield (±%.0f %%), in the yield already", 100*h.Loss, 100*h.LossSD)
	if !h.Confirmed {
		endZH = fmt.Sprintf("影像尚未证实，预计减产 %.0f %%（±%.0f %%），未计入产量", 100*h.Loss, 100*h.LossSD)
		endEN = fmt.Sprintf("not shown by imagery yet: %.0f %% of the yield (±%.0f %%) may be lost, not in the yield", 100*h.Loss, 100*h.LossSD)
	}
	h.ZH = fmt.Sprintf("%s：%s 至 %s。%s；%s。", name.zh, h.From, h.To, strings.Join(zh, "，"), endZH)
	h.EN = fmt.Sprintf("%s, %s to %s: %s; %s.", name.en, h.From, h.To, strings.Join(en, ", "), endEN)
}
