package crop

// phenologyFeatures is how many numbers phenology appends.
const phenologyFeatures = 11

// phenology appends what the curve of a vegetation index tells of a season, in
// points of the axis and units of the index: peak and its point, the lows
// before and after, amplitude, start and end of the season at half of the
// amplitude on each side (White, Thornton and Running, "A continental
// phenology model", 1997), their distance, the sum above the lower low, the
// number of peaks that stand out by a quarter of the amplitude, and the point
// of the second. Gaps are passed over; a curve without values gives NaN.
func phenology(out, curve []float32) []float32 {
	peak := -1
	for i, v := range curve {
		if v == v && (peak < 0 || v > curve[peak]) {
			peak = i
		}
	}
	if peak < 0 {
		for range phenologyFeatures {
			out = append(out, nan32)
		}
		return out
	}
	top := curve[peak]
	lowBefore, lowAfter := top, top
	for i, v := range curve {
		if v != v {
			continue
		}
		if i <= peak {
			lowBefore = min(lowBefore, v)
		} else {
			lowAfter = min(lowAfter, v)
		}
	}
	amplitude := top - min(lowBefore, lowAfter)
	begin := crossing(curve, peak, -1, (top+lowBefore)/2)
	end := crossing(curve, peak, 1, (top+lowAfter)/2)
	sum := float32(0)
	for _, v := range curve {
		if v == v {
			sum += v - min(lowBefore, lowAfter)
		}
	}
	count, second := peaks(curve, peak, amplitude/4)
	return append(out, top, float32(peak), lowBefore, lowAfter, amplitude, begin, end, end-begin, sum, float32(count), second)
}

// crossing walks from the peak until the curve falls to level, and returns
// the point, between points on a line; the end of the curve where it does not.
func crossing(curve []float32, peak, dir int, level float32) float32 {
	last := peak
	for i := peak + dir; i >= 0 && i < len(curve); i += dir {
		v := curve[i]
		if v != v {
			continue
		}
		if v <= level {
			f := float32(0)
			if curve[last] != v {
				f = (curve[last] - level) / (curve[last] - v)
			}
			return float32(last) + f*float32(i-last)
		}
		last = i
	}
	return float32(last)
}

// peaks counts the maxima that rise by rise from the low since the one before,
// and fall by as much, and returns the point of the highest besides the peak.
func peaks(curve []float32, peak int, rise float32) (count int, second float32) {
	second = nan32
	if rise <= 0 {
		return 0, second
	}
	low, high, at, up := float32(0), float32(0), -1, true
	seen := false
	close := func() {
		count++
		if at != peak && (second != second || curve[at] > curve[int(second)]) {
			second = float32(at)
		}
	}
	for i, v := range curve {
		switch {
		case v != v:
		case !seen:
			low, high, at, seen = v, v, i, true
			up = false
		case up && v > high:
			high, at = v, i
		case up && high-v >= rise:
			close()
			up, low = false, v
		case !up && v < low:
			low = v
		case !up && v-low >= rise:
			up, high, at = true, v, i
		}
	}
	if up && seen {
		close()
	}
	return count, second
}
