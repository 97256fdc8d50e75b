package gdal_test

import (
	"regexp"
	"slices"
	"testing"

	"parus/imagery/gdal"
)

func TestMissingDriversNamesThoseThatGDALLacks(t *testing.T) {
	t.Parallel()
	got := gdal.MissingDrivers("GTiff", "No such driver", "GPKG", "ESRI Shapefile")
	if !slices.Equal(got, []string{"No such driver"}) {
		t.Errorf("got %q", got)
	}
}

func TestPROJTransformsWithItsDatabase(t *testing.T) {
	t.Parallel()
	if err := gdal.CheckPROJ(); err != nil {
		t.Error(err)
	}
	if v := gdal.Version(); !regexp.MustCompile(`^3\.\d+\.\d+$`).MatchString(v) {
		t.Errorf("GDAL %q", v)
	}
}
