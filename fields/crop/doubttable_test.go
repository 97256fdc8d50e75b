package crop_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parus/fields/crop"
)

func TestDoubtsComeBackFromTheirTable(t *testing.T) {
	t.Parallel()
	want := []crop.Doubt{{"a", "maize", "soybean", .125, .75}, {"b,c", "rice", "maize", 0, 1}}
	var out bytes.Buffer
	if err := crop.WriteDoubts(&out, want); err != nil {
		t.Fatal(err)
	}
	got, err := crop.ReadDoubts(&out)
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(d, err)
	}
	const head = "sample_id,label,suggested,p_label,p_suggested\n"
	for text, want := range map[string]string{
		"":                                  "the file is empty",
		"sample_id,label\n":                 "no column suggested, p_label, p_suggested in the header",
		head + "a,b,c,2,.5\n":               `line 2: column p_label: "2" is not between 0 and 1`,
		head + "a,b,c,.5,\n":                `line 2: column p_suggested: "" is not between 0 and 1`,
		head + "a,b,c,0,1\na,b,c,0,1\n":     `line 3: sample_id "a" is empty or comes twice`,
		head + "a,b,c,0\n":                  "line 2: the row has not as many columns as the header",
		"sample_id\tlabel\tsuggested\n":     "parted by tabs",
		"sample_id,sample_id,p_label\nx\n":  `column "sample_id" comes twice`,
		"\xd7\xf7\xce\xef,label\n":          "is not UTF-8",
		"sample_id,la\x00bel\n":             "zero byte",
		"sample_id;label;suggested;p;q\n":   "parted by semicolons",
		"sample_id|label|suggested|p|q|r\n": "parted by bars",
	} {
		if _, err := crop.ReadDoubts(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// What a sample writer wrote reads back as it was, but for dates without any
// measurement.
func TestWrittenSamplesReadBack(t *testing.T) {
	t.Parallel()
	nan := float32(math.NaN())
	one := crop.Sample{ID: "a", Dates: dates("2025-01-01", "2025-01-11", "2025-01-21"), Layers: []string{"B04", "B08"}, Values: [][]float32{{.1, nan, nan}, {.3, nan, .1234567}}}
	two := crop.Sample{ID: "b", Dates: dates("2025-01-01"), Layers: []string{"VV"}, Values: [][]float32{{-12.5}}}
	var out bytes.Buffer
	w, err := crop.NewSampleWriter(&out, "village", []string{"B04", "B08", "VV"})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []crop.Sample{one, two} {
		if err := w.Write(x, "maize", "v"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	set, err := crop.ReadSamples(&out, crop.Columns{Labelled: true, Group: "village"})
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"B04", "B08", "VV"}
	want := []crop.Sample{
		{ID: "a", Dates: dates("2025-01-01", "2025-01-21"), Layers: all, Values: [][]float32{{.1, nan}, {.3, .1234567}, {nan, nan}}},
		{ID: "b", Dates: dates("2025-01-01"), Layers: all, Values: [][]float32{{nan}, {nan}, {-12.5}}},
	}
	if d := cmp.Diff(want, set.Samples, cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
}

func FuzzReadDoubts(f *testing.F) {
	f.Add("sample_id,label,suggested,p_label,p_suggested\na,b,c,.1,.9\n")
	f.Add("\ufeffsample_id,label,suggested,p_label,p_suggested\r\na,b,c,NaN,1e9\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		all, err := crop.ReadDoubts(strings.NewReader(s))
		for _, d := range all {
			if err == nil && (d.ID == "" || !(d.P >= 0 && d.P <= 1) || !(d.PSuggested >= 0 && d.PSuggested <= 1)) {
				t.Errorf("%+v", d)
			}
		}
		crop.ClassesOf(strings.NewReader(s))
	})
}

func FuzzReadTruth(f *testing.F) {
	f.Add("sample_id,label\na,maize\na,maize\n")
	f.Add("\ufeffsample_id,label\r\na,\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		truth, err := crop.ReadTruth(strings.NewReader(s), crop.Columns{})
		for _, l := range truth {
			if err == nil && l == "" {
				t.Error("an empty label")
			}
		}
	})
}

func TestClassesThatTheModelWasNeverTaughtAreCounted(t *testing.T) {
	t.Parallel()
	classes := crop.ClassesOf(strings.NewReader("sample_id,label,probability,p_maize,p_rice\n"))
	truth := map[string]string{"a": "tea", "b": "maize", "c": "tea", "d": "cotton"}
	got := crop.UnseenClasses(truth, []crop.Predicted{{ID: "a", Label: "maize"}, {ID: "b", Label: "rice"}, {ID: "c", Label: "maize", Abstained: true}, {ID: "d"}, {ID: "x"}}, classes)
	if d := cmp.Diff([]crop.Unseen{{"cotton", 1, 1}, {"tea", 2, 1}}, got); d != "" {
		t.Error(d)
	}
	if crop.UnseenClasses(truth, []crop.Predicted{{ID: "a"}}, nil) != nil {
		t.Error("a table without classes tells something")
	}
}
