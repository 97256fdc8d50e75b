package web_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parus/web"
)

func TestThoseWhoAskTogetherShareAQuestionPutAfterTheyCame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var questions atomic.Int32
		gate := make(chan struct{})
		g := web.NewTogether(time.Minute, func(context.Context, int) (int, error) {
			n := questions.Add(1)
			<-gate
			return int(n), nil
		})
		var all sync.WaitGroup
		answers := make([]int, 10)
		ask := func(i, k int) {
			all.Go(func() { answers[i], _ = g.Get(t.Context(), k) })
			synctest.Wait()
		}
		ask(0, 7) // question 1 is on its way
		for i := 1; i < 8; i++ {
			ask(i, 7) // came after it was put: question 3 or later is theirs
		}
		ask(8, 9) // asks something else: question 2
		if n := questions.Load(); n != 2 {
			t.Fatalf("%d questions are on their way, want one for each thing asked", n)
		}
		gate <- struct{}{}
		gate <- struct{}{}
		synctest.Wait()
		ask(9, 7) // question 3 is on its way: this one waits for question 4
		gate <- struct{}{}
		gate <- struct{}{}
		all.Wait()
		if answers[0]+answers[8] != 3 || answers[9] != 4 {
			t.Errorf("answers %v: the first of each are of questions 1 and 2, the last of 4", answers)
		}
		for _, a := range answers[1:8] {
			if a != 3 {
				t.Errorf("answers %v: seven who came during question 1 share question 3", answers)
			}
		}
		synctest.Wait()
		if g.Open() != 0 {
			t.Errorf("%d keys are still held", g.Open())
		}
	})
}

func TestWhoGoesAwayLeavesTheOthersTheirAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var questions atomic.Int32
		g := web.NewTogether(time.Minute, func(ctx context.Context, _ int) (int, error) {
			n := questions.Add(1)
			if n == 3 {
				<-ctx.Done() // hangs
				return 0, ctx.Err()
			}
			<-time.After(time.Second)
			return int(n), ctx.Err()
		})
		short, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		var all sync.WaitGroup
		errs := make([]error, 4)
		for i, ctx := range []context.Context{short, short, t.Context()} {
			all.Go(func() { _, errs[i] = g.Get(ctx, 1) })
			synctest.Wait()
		}
		<-time.After(1500 * time.Millisecond) // question 2 is on its way
		all.Go(func() { _, errs[3] = g.Get(t.Context(), 1) })
		all.Wait()
		if !errors.Is(errs[0], context.DeadlineExceeded) || !errors.Is(errs[1], context.DeadlineExceeded) || errs[2] != nil {
			t.Errorf("errors %v: two went away, the third has its answer", errs)
		}
		if !errors.Is(errs[3], context.DeadlineExceeded) || questions.Load() != 3 {
			t.Errorf("%v after %d questions: one that hangs is given up", errs[3], questions.Load())
		}
	})
}
