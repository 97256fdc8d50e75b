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

func TestSamplesAreReadFromLongForm(t *testing.T) {
	t.Parallel()
	nan := float32(math.NaN())
	text := "\ufeffsample_id,date,label,cell,lon,B04,ndvi\n" +
		"a,2020-01-01,corn,x,7.5,100,0.5\n" +
		"b,2020-01-01 00:00:00,wheat,y,7.6,65535,NaN\n" +
		"a,2020-01-11,corn,x,7.5,,0.6\n" +
		"c,2020-01-01,other,y,7.6,1,1\n"
	set, err := crop.ReadSamples(strings.NewReader(text), crop.Columns{
		Labelled: true, Group: "cell", Ignore: []string{"lon"}, NoData: []float64{65535},
		Rename: map[string]string{"corn": "maize"}, DropLabels: []string{"other"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := &crop.SampleSet{
		Samples: []crop.Sample{
			{ID: "a", Dates: dates("2020-01-01", "2020-01-11"), Layers: []string{"B04", "ndvi"}, Values: [][]float32{{100, nan}, {.5, .6}}},
			{ID: "b", Dates: dates("2020-01-01"), Layers: []string{"B04", "ndvi"}, Values: [][]float32{{nan}, {nan}}},
		},
		Labels: []string{"maize", "wheat"}, Groups: []string{"x", "y"}, Rows: 4, Dropped: 1,
	}
	if d := cmp.Diff(want, set, cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
}

func TestTablesThatCannotBeReadSayWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		columns    crop.Columns
		want       string
	}{
		{"an empty file", "", crop.Columns{}, "empty"},
		{"a header alone", "sample_id,date,label,ndvi\n", crop.Columns{Labelled: true}, "no row"},
		{"no id", "id,date,ndvi\n1,2020-01-01,.5\n", crop.Columns{}, "no column sample_id"},
		{"no label where one is wanted", "sample_id,date,ndvi\n1,2020-01-01,.5\n", crop.Columns{Labelled: true}, "no column label"},
		{"an unknown group column", "sample_id,date,ndvi\n1,2020-01-01,.5\n", crop.Columns{Group: "cell"}, "no column cell"},
		{"an unknown column to ignore", "sample_id,date,ndvi\n1,2020-01-01,.5\n", crop.Columns{Ignore: []string{"lon"}}, "no column lon"},
		{"no feature", "sample_id,date,label\n1,2020-01-01,a\n", crop.Columns{Labelled: true}, "no feature"},
		{"columns of words", "sample_id,date,place,tile,ndvi\n1,2020-01-01,here,30T,.5\n", crop.Columns{}, "--ignore place,tile"},
		{"a word among numbers", "sample_id,date,ndvi\n1,2020-01-01,.5\n1,2020-01-02,cloud\n", crop.Columns{}, `line 3: column ndvi: "cloud" is no number`},
		{"an infinite value", "sample_id,date,ndvi\n1,2020-01-01,-Inf\n", crop.Columns{}, "line 2: column ndvi: infinite"},
		{"a value beyond single precision", "sample_id,date,ndvi\n1,2020-01-01,1e39\n", crop.Columns{}, "infinite"},
		{"no date", "sample_id,date,ndvi\n1,yesterday,.5\n", crop.Columns{}, `line 2: column date: "yesterday" is no date`},
		{"an empty id", "sample_id,date,ndvi\n,2020-01-01,.5\n", crop.Columns{}, "line 2: column sample_id is empty"},
		{"a label that changes", "sample_id,date,label,ndvi\n1,2020-01-01,a,.5\n1,2020-01-02,b,.5\n", crop.Columns{Labelled: true}, `line 3: sample "1" is labelled "b" here and "a" before`},
		{"a group that changes", "sample_id,date,cell,ndvi\n1,2020-01-01,a,.5\n1,2020-01-02,b,.5\n", crop.Columns{Group: "cell"}, `in group "b" here`},
		{"a short row", "sample_id,date,ndvi\n1,2020-01-01\n", crop.Columns{}, "line 2: the row has not as many columns as the header"},
		{"no label left", "sample_id,date,label,ndvi\n1,2020-01-01,a,.5\n", crop.Columns{Labelled: true, DropLabels: []string{"a"}}, "none of the 1 samples"},
	} {
		_, err := crop.ReadSamples(strings.NewReader(c.text), c.columns)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func TestSamplesWithoutALabelAreLeftOutAndCounted(t *testing.T) {
	t.Parallel()
	set, err := crop.ReadSamples(strings.NewReader("sample_id,date,label,ndvi\n1,2020-01-01,,.5\n2,2020-01-01,a,.5\n"), crop.Columns{Labelled: true})
	if err != nil || len(set.Samples) != 1 || set.Dropped != 1 || len(set.Notes) != 1 {
		t.Errorf("%+v %v", set, err)
	}
}

func TestOnlyTheLayersAskedForAreRead(t *testing.T) {
	t.Parallel()
	set, err := crop.ReadSamples(strings.NewReader("sample_id,date,place,S2-L2A-B04\n1,2020-01-01,here,5\n"), crop.Columns{Layers: []string{"B04"}})
	if err != nil || len(set.Samples) != 1 || len(set.Samples[0].Layers) != 1 {
		t.Errorf("%+v %v", set, err)
	}
}

func TestPredictionsAreWrittenSoThatTheyAddUp(t *testing.T) {
	t.Parallel()
	classes := []string{"a", "b", "c"}
	var out bytes.Buffer
	err := crop.WritePosteriors(&out, []crop.Posterior{
		{ID: "1", Classes: classes, P: []float64{1. / 3, 1. / 3, 1. / 3}, Set: classes[:2], Stage: 120},
		{ID: "2, east", Classes: classes, P: []float64{.1, .2, .7}, Abstained: true, Reason: "why"},
	}, classes, "model")
	// Thirds round to .333333 each; the millionth left over goes to the first of the best.
	want := "sample_id,label,probability,abstained,reason,model,p_a,p_b,p_c,set,stage_day\n" +
		"1,a,0.333334,false,,model,0.333334,0.333333,0.333333,a;b,120\n" +
		"\"2, east\",c,0.700000,true,why,model,0.100000,0.200000,0.700000,,\n"
	if d := cmp.Diff(want, out.String()); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
	back, err := crop.ReadPredicted(&out)
	if d := cmp.Diff([]crop.Predicted{{ID: "1", Label: "a", Probability: .333334, Set: classes[:2]}, {ID: "2, east", Label: "c", Probability: .7, Abstained: true}}, back); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
}

func TestPredictionsThatCannotBeReadSayWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"an empty file", "", "empty"},
		{"no label", "sample_id,probability\n", "sample_id and label"},
		{"a probability above one", "sample_id,label,probability\n1,a,1.5\n", "line 2: probability"},
		{"a probability that is no number", "sample_id,label,probability\n1,a,NaN\n", "line 2: probability"},
		{"abstained neither true nor false", "sample_id,label,abstained\n1,a,perhaps\n", "line 2: abstained"},
		{"a sample twice", "sample_id,label\n1,a\n1,b\n", "comes twice"},
	} {
		if _, err := crop.ReadPredicted(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func TestTruthMayBeInLongForm(t *testing.T) {
	t.Parallel()
	got, err := crop.ReadTruth(strings.NewReader("sample_id,date,label\n1,2020,corn\n1,2021,corn\n2,2020,x\n3,2020,\n"),
		crop.Columns{Rename: map[string]string{"corn": "maize"}, DropLabels: []string{"x"}})
	if d := cmp.Diff(map[string]string{"1": "maize"}, got); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
	if _, err := crop.ReadTruth(strings.NewReader("sample_id,label\n1,a\n1,b\n"), crop.Columns{}); err == nil {
		t.Error("two labels of one sample gave no error")
	}
}

func FuzzReadSamples(f *testing.F) {
	for _, s := range []string{"", "sample_id,date,label,ndvi\n1,2020-01-01,a,.5\n", "sample_id,date,ndvi\n1,2020-01-01,\"\n", "\ufeffsample_id,date\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		set, err := crop.ReadSamples(strings.NewReader(s), crop.Columns{})
		if err != nil {
			return
		}
		rows := 0
		for _, x := range set.Samples {
			rows += len(x.Dates)
			for _, v := range x.Values {
				if len(v) != len(x.Dates) {
					t.Fatalf("sample %q: %d values for %d dates", x.ID, len(v), len(x.Dates))
				}
			}
		}
		if rows != set.Rows {
			t.Fatalf("%d rows read, %d kept", set.Rows, rows)
		}
	})
}

func FuzzReadPredicted(f *testing.F) {
	f.Add("sample_id,label,probability,abstained\n1,a,.5,false\n")
	f.Add("sample_id,label\n\"")
	f.Fuzz(func(t *testing.T, s string) {
		rows, err := crop.ReadPredicted(strings.NewReader(s))
		for _, r := range rows {
			if err == nil && !(r.Probability >= 0 && r.Probability <= 1) {
				t.Fatalf("%+v", r)
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	var file bytes.Buffer
	if err := model(f).Save(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes()[:400])
	f.Add([]byte("parus crop model\n\x01\x00\x00\x00\x02\x00\x00\x00{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := crop.Load(bytes.NewReader(b)); (m == nil) == (err == nil) {
			t.Fatal("want either a model or an error")
		}
	})
}
