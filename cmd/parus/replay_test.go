package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"parus/credit"
)

// testReplay computes every decision of the undisturbed run again.
func (w *world) testReplay(t *testing.T) {
	lines := strings.Count(w.undisturbed["lines.csv"], "\n") - 1
	for _, threads := range []string{"1", "5"} {
		r := program(t, w.env, "replay", "--all", "--county", "370199", "--season", worldSeason, "--threads", threads)
		mustExit(t, exitOK, r)
		if want := fmt.Sprintf("%d decisions, %d replayed bit for bit, 0 differ\n", lines, lines); lines < 30 || !strings.HasSuffix(r.out, want) {
			t.Errorf("said %q, want %q", r.out, want)
		}
	}
	r := program(t, w.env, "replay", "--all", "--county", "370199", "--season", "2031-winter")
	mustExit(t, exitFail, r)
	if !strings.Contains(r.errors, "no decision of county 370199, season 2031-winter") {
		t.Errorf("a season that nobody ran: %q", r.errors)
	}
}

func TestReplayAsksForOneThing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]replayCmd{
		"nothing":                   {},
		"all of nothing":            {All: true},
		"all without a season":      {All: true, County: "370199"},
		"one and all":               {All: true, County: "370199", Season: "s", Decision: "d"},
		"one decision of a county":  {Decision: "d", County: "370199"},
		"a county without the word": {County: "370199", Season: "s"},
	} {
		if c.Validate() == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for _, c := range []replayCmd{{Decision: "d"}, {All: true, County: "370199", Season: "s"}} {
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
	}
}

func TestReplaysFailWhereOneDiffers(t *testing.T) {
	t.Parallel()
	agree, differ, other := error(nil), error(&credit.ReplayError{Household: "h", What: "decision"}), error(&credit.ReplayError{What: "engine version", Stored: "1"})
	for _, tc := range []struct {
		name    string
		answers []error
		says    string
		fails   bool
	}{
		{"all agree", []error{agree, agree}, "2 decisions, 2 replayed bit for bit, 0 differ\n", false},
		{"one differs", []error{agree, differ, agree}, "3 decisions, 2 replayed bit for bit, 1 differ\n", true},
		{"one cannot be read", []error{agree, errors.New("unreadable")}, "2 decisions, 1 replayed bit for bit, 1 differ\n", true},
		{"some are by another engine", []error{agree, other, other}, "3 decisions, 1 replayed bit for bit, 0 differ; 2 by engine 1 not compared\n", false},
		{"all are by another engine", []error{other}, "1 decisions, 0 replayed bit for bit, 0 differ; 1 by engine 1 not compared\n", true},
		{"there is none", nil, "0 decisions", true},
	} {
		var r replays
		for _, err := range tc.answers {
			r.add(err)
		}
		var out, words bytes.Buffer
		err := (&replayCmd{County: "370199", Season: "s"}).report(r, &streams{Out: &out, Err: &words})
		if (err != nil) != tc.fails || !strings.Contains(out.String(), tc.says) {
			t.Errorf("%s: said %q and %v", tc.name, out.String(), err)
		}
		if tc.fails && r.differ > 0 && words.Len() == 0 {
			t.Errorf("%s: no difference is told", tc.name)
		}
	}
}
