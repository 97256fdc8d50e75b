package ledger_test

import (
	"strings"
	"testing"

	"parus/internal/ledger"
)

func TestKeyChangesWithEverythingThatDecidesTheResult(t *testing.T) {
	t.Parallel()
	base := ledger.Key("observe", 1, "scene", "block")
	if !strings.HasPrefix(base, "observe:") || len(base) != len("observe:")+64 {
		t.Fatalf("key %q: want the stage and 64 hex digits", base)
	}
	others := map[string]string{
		"another stage":         ledger.Key("series", 1, "scene", "block"),
		"a newer code version":  ledger.Key("observe", 2, "scene", "block"),
		"another input":         ledger.Key("observe", 1, "scene", "blocks"),
		"inputs cut elsewhere":  ledger.Key("observe", 1, "sceneblock"),
		"inputs in other order": ledger.Key("observe", 1, "block", "scene"),
	}
	for name, k := range others {
		if k == base {
			t.Errorf("%s gives the same key", name)
		}
	}
	if again := ledger.Key("observe", 1, "scene", "block"); again != base {
		t.Errorf("the same inputs give %s and %s", base, again)
	}
}

func TestFinalStates(t *testing.T) {
	t.Parallel()
	for s, want := range map[ledger.State]bool{
		ledger.Pending: false, ledger.Running: false,
		ledger.Done: true, ledger.Skipped: true, ledger.Failed: true,
	} {
		if s.Final() != want {
			t.Errorf("%s: final is %v, want %v", s, s.Final(), want)
		}
	}
}
