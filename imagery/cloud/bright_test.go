package cloud_test

import (
	"testing"

	"parus/imagery/cloud"
)

func TestBrightAndWhiteIsCloud(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		blue, green, red float64
		want             int32
	}{
		{"thick cloud: .45 − .235 > .08, deviations .01", .45, .46, .47, cloud.ClassCloud},
		{"haze over a crop: .16 − .06 = .10 > .08", .16, .15, .12, cloud.ClassCloud},
		{"vegetation: .04 − .025 < .08", .04, .07, .05, cloud.ClassClear},
		{"bright dry soil: .12 − .11 < .08", .12, .17, .22, cloud.ClassClear},
		{"deep blue: far from white, (.128 + .051 + .076)/.071 > .7", .20, .02, .01, cloud.ClassClear},
		{"nothing", 0, 0, 0, cloud.ClassClear},
	} {
		if got := cloud.Bright(c.blue, c.green, c.red); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
