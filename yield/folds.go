package yield

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Progress is told how many of the folds are done. It is never called twice at
// once; nil is not called.
type Progress func(done, total int)

// The splits of a panel by year.
const (
	SplitForward = "forward"
	SplitLeave   = "leave-one-year-out"
)

func splitKinds() []string { return []string{SplitForward, SplitLeave} }

// leastHistory is the number of years that a forward prediction rests on at
// least.
const leastHistory = 3

// split is one fold: rows to learn from and rows to predict.
type split struct {
	kind        string
	train, test []int
}

// splits makes the folds of a kind.
func splits(t Table, kind string) []split {
	years := t.years()
	var out []split
	for at, y := range years {
		if kind == SplitForward && at < leastHistory {
			continue
		}
		s := split{kind: kind}
		for i, x := range t.Years {
			switch {
			case x == y:
				s.test = append(s.test, i)
			case kind == SplitLeave || x < y:
				s.train = append(s.train, i)
			}
		}
		if len(s.train) > 0 && len(s.test) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// foldsWithHistory are the folds whose training part can itself be validated.
func foldsWithHistory(t Table, kind string) []split {
	var out []split
	for _, f := range splits(t, kind) {
		if len(t.rows(f.train).years()) > leastHistory {
			out = append(out, f)
		}
	}
	return out
}

// eachFold does as many folds at once as there are processors and returns what
// they gave in their order, which does not depend on that number. The end of
// ctx is its error.
func eachFold[T any](ctx context.Context, folds []split, tell Progress, do func(context.Context, split) (T, error)) ([]T, error) {
	out := make([]T, len(folds))
	var mu sync.Mutex
	done := 0
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for k, f := range folds {
		g.Go(func() (err error) {
			if err = within.Err(); err != nil {
				return err
			}
			if out[k], err = do(within, f); err != nil || tell == nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			tell(done, len(folds))
			return nil
		})
	}
	return out, g.Wait()
}
