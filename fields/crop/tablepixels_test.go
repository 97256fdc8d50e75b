package crop_test

import (
	"archive/zip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"parus/fields/crop/trees"
)

// pixels measures the boosted trees alone on a table with a training and a test
// part (arrays Xtr, ytr, Xte, yte of an .npz), and the peers beside them.
func pixels(t *testing.T, w io.Writer, path string) {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	train, cols := array(t, z, "Xtr")
	test, _ := array(t, z, "Xte")
	yTrain, _ := array(t, z, "ytr")
	yTest, _ := array(t, z, "yte")
	var y []int32
	for _, v := range slices.Concat(yTrain, yTest) {
		y = append(y, int32(v))
	}
	n, classes := len(yTrain), int(slices.Max(y))+1
	table := trees.Table{Rows: n, Cols: cols, Values: train}
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	o := outcome{setName: fmt.Sprintf("%d × %d pixels, %d classes", n, cols, classes), learner: "Parus, boosted trees", p: make([][]float64, len(y))}
	begin := processor(t)
	x := trees.NewBins(table, 64, 0).Apply(table, 0)
	e, err := trees.Boost(context.Background(), x, y[:n], trees.Task{Classes: classes, Train: rows}, trees.BoostOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	o.fit = processor(t) - begin
	scores := make([]float32, len(yTest)*classes)
	const repeats = 10 // a tenth of a second alone says little
	begin = processor(t)
	for range repeats {
		e.Score(trees.Table{Rows: len(yTest), Cols: cols, Values: test}, scores, 0)
	}
	o.predict = (processor(t) - begin) / repeats
	fold := make([]int, len(y))
	for i := range y {
		fold[i] = -1
		if i >= n {
			fold[i] = 0
			p := scores[(i-n)*classes : (i-n+1)*classes]
			trees.Softmax(p, p)
			for _, v := range p {
				o.p[i] = append(o.p[i], float64(v))
			}
		}
	}
	o.print(w, y)
	var all [][]float32
	for r := range y {
		if r < n {
			all = append(all, train[r*cols:(r+1)*cols])
		} else {
			all = append(all, test[(r-n)*cols:(r-n+1)*cols])
		}
	}
	for _, peer := range learnersOf(t, o.setName, all, classes, y, fold, "forest", "xgboost") {
		peer.print(w, y)
	}
}

var (
	npyShape = regexp.MustCompile(`'shape': \((\d+),(?: (\d+))?\)`)
	npyType  = regexp.MustCompile(`'descr': '[<|]([iu])(\d)'`)
)

// array reads one array of whole numbers, and how many columns it has.
func array(t *testing.T, z *zip.ReadCloser, name string) (values []float32, cols int) {
	t.Helper()
	f, err := z.Open(name + ".npy")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	head := 10 + int(binary.LittleEndian.Uint16(data[8:]))
	shape, kind := npyShape.FindSubmatch(data[:head]), npyType.FindSubmatch(data[:head])
	if shape == nil || kind == nil {
		t.Fatalf("%s: array %s is none of whole numbers in one or two dimensions", name, data[10:head])
	}
	rows, _ := strconv.Atoi(string(shape[1]))
	if cols, _ = strconv.Atoi(string(shape[2])); cols == 0 {
		cols = 1
	}
	size := int(kind[2][0] - '0')
	at := func(i int) []byte { return data[head+i*size:] }
	fortran := regexp.MustCompile(`'fortran_order': True`).Match(data[:head])
	for r := range rows {
		for c := range cols {
			i := r*cols + c
			if fortran {
				i = c*rows + r
			}
			var v int64
			switch size {
			case 1:
				v = int64(at(i)[0])
			case 2:
				v = int64(int16(binary.LittleEndian.Uint16(at(i))))
			case 4:
				v = int64(int32(binary.LittleEndian.Uint32(at(i))))
			default:
				v = int64(binary.LittleEndian.Uint64(at(i)))
			}
			values = append(values, float32(v))
		}
	}
	return values, cols
}
