package main

import (
	"bytes"
	"fmt"
	"os"

	"parus/imagery/gdal"
	"parus/yield"
)

// readWeatherFile returns a weather file as the daily CSV that runs keep: NetCDF
// and GRIB are made into one, so that workers need neither and an old decision
// can be repeated; CSV stays as it is. Of a grid only what lies near the bounds
// (west, south, east, north) is kept.
func readWeatherFile(path string, bound [4]float64) ([]byte, []string, error) {
	if !gdal.WeatherFile(path) {
		data, err := os.ReadFile(path)
		return data, nil, err
	}
	vars, err := gdal.ReadWeather(path, bound)
	if err != nil {
		return nil, nil, err
	}
	grid := make([]yield.GridVariable, len(vars))
	for i, v := range vars {
		grid[i] = yield.GridVariable(v)
	}
	var text bytes.Buffer
	notes, err := yield.WriteWeatherCSV(&text, grid)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return text.Bytes(), notes, nil
}
