package crop

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// errNoMeasurement is wrapped where a number cannot be one that was measured.
var errNoMeasurement = errors.New("this is no measurement")

// marksOfGaps are numbers that rasters and tables use where nothing was
// measured and that no band, index or weather takes: the least int16 and the
// largest uint16, the usual −9999 and −99999, MODIS' −28672, the least float32 and 1e20.
func marksOfGaps() []float64 {
	return []float64{-9999, -99999, -32768, 65535, -28672, -math.MaxFloat32, 1e20}
}

// words checks the cells that are no numbers.
func (t *sampleReader) words(rec []string) error {
	if rec[t.id] == "" {
		return fmt.Errorf("column %s is empty", t.c.ID)
	}
	for _, c := range []struct {
		at   int
		name string
	}{{t.id, t.c.ID}, {t.label, t.c.Label}, {t.group, t.c.Group}} {
		if c.at >= 0 && !utf8.ValidString(rec[c.at]) {
			return fmt.Errorf("column %s: %q is not UTF-8 (GBK, perhaps): save the table as UTF-8", c.name, printable(rec[c.at]))
		}
	}
	return nil
}

// unmeasured refuses a column without any number beside others that have some: a
// model would take what it was not given for what was not clear.
func (t *sampleReader) unmeasured() error {
	var empty []string
	for j, saw := range t.sawNumber {
		if !saw {
			empty = append(empty, t.names[j])
		}
	}
	if len(empty) == 0 || len(empty) == len(t.sawNumber) || t.c.Layers == nil {
		return nil
	}
	return fmt.Errorf("columns without a value in any row: %s: the model needs them; give them, or fit a model without", strings.Join(empty, ", "))
}

// still names feature columns that never change within any sample: codes and
// places, perhaps, rather than measurements.
func (t *sampleReader) still() []string {
	var names []string
	for j, name := range t.names {
		if t.isStill(j) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("columns that are the same on all dates of every sample: %s: they are used as measurements; where they are codes or places, leave them out with --ignore %s",
		strings.Join(names, ", "), strings.Join(names, ","))}
}

func (t *sampleReader) isStill(j int) bool {
	several := 0
	for i := range t.set.Samples {
		row := t.set.Samples[i].Values[j]
		for _, v := range row {
			if !(v == row[0]) {
				return false
			}
		}
		if len(row) > 1 {
			several++
		}
	}
	return several > 1
}
