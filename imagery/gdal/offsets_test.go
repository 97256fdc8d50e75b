package gdal_test

import (
	"math"
	"strings"
	"testing"
)

// TestOffsetsInEveryCombination: what pixels show decides, whatever item,
// baseline and flag say; where pixels cannot tell, a contradiction is refused.
func TestOffsetsInEveryCombination(t *testing.T) {
	t.Parallel()
	const refuse = 1.0 // stands for an error in the table
	for _, c := range []struct {
		baseline string
		given    string  // offset of the item: "", "0" or "-0.1"
		applied  bool    // the item says that pixels have it already
		blind    float64 // offset where no dark pixel can be seen
	}{
		{"", "", false, 0}, {"", "0", false, 0}, {"", "-0.1", false, -.1}, {"", "0", true, 0}, {"", "", true, 0},
		{"02.14", "", false, 0}, {"02.14", "0", false, 0}, {"02.14", "-0.1", false, refuse}, {"02.14", "0", true, 0}, {"02.14", "", true, 0},
		{"04.00", "", false, -.1}, {"04.00", "0", false, refuse}, {"04.00", "-0.1", false, -.1}, {"04.00", "0", true, 0}, {"04.00", "", true, 0},
		{"05.11", "", false, -.1}, {"05.11", "0", false, refuse}, {"05.11", "-0.1", false, -.1}, {"05.11", "0", true, 0}, {"05.11", "", true, 0},
	} {
		for _, pixels := range []struct {
			name string
			low  uint16
			scl  uint16
			want float64
		}{{"have no offset", 200, 4, 0}, {"have the offset", 1200, 4, -.1}, {"are all cloud", 6000, 9, c.blind}} {
			name := strings.Join([]string{"baseline", c.baseline, "offset", c.given, map[bool]string{true: "applied"}[c.applied], "pixels", pixels.name}, " ")
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := s2sceneOf(t, pixels.low, pixels.scl, c.baseline)
				s.OffsetApplied = c.applied
				for i := range s.Bands[:2] {
					if c.given != "" {
						s.Bands[i].Scale, s.Bands[i].ScaleSource = 1e-4, "item"
						s.Bands[i].Offset = map[string]float64{"0": 0, "-0.1": -.1}[c.given]
					}
				}
				got, err := probedScene(t, s)
				if pixels.want == refuse {
					if err == nil || !strings.Contains(err.Error(), "offset unclear") {
						t.Fatalf("%v, want a refusal", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				before := s.Bands[1].Offset
				if c.given == "" && !c.applied && c.baseline >= "04.00" {
					before = -.1
				}
				red, _ := got.Band("B04")
				if math.Abs(red.Offset-pixels.want) > 1e-12 {
					t.Errorf("offset %v, want %v", red.Offset, pixels.want)
				}
				if repaired := before != red.Offset; repaired != (pixels.scl == 4 && len(got.Notes) > 0) {
					t.Errorf("repaired %v, but notes are %q", repaired, got.Notes)
				}
				if pixels.scl == 9 && !strings.Contains(strings.Join(got.Notes, ";"), "not verified") {
					t.Errorf("notes %q do not say that nothing was verified", got.Notes)
				}
			})
		}
	}
}
