package fields_test

import (
	"strings"
	"testing"

	"parus/fields"
)

func TestCellsThatSpreadsheetsWouldCompute(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "东地": "东地", "370199102201000001": "370199102201000001", "a=b": "a=b", "a-1": "a-1",
		"=1+1": "'=1+1", "=HYPERLINK(\"x\")": "'=HYPERLINK(\"x\")", "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0", "-2+3": "'-2+3", "@SUM(A1)": "'@SUM(A1)", "|calc": "'|calc",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "\tx": "'\tx", " =1": "' =1", "　＝1": "'　＝1", "\ufeff=1": "'\ufeff=1", "-": "'-", "-Inf": "'-Inf", "-0x1p4": "'-0x1p4",
		"-2": "-2", "-0.07": "-0.07", "+86": "+86", "-1e-9": "-1e-9",
	} {
		if got := fields.Cell(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func FuzzCell(f *testing.F) {
	for _, s := range []string{"=1", "-7", "\t=x", "\u3000@x", "王"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := fields.Cell(s)
		if strings.TrimPrefix(got, "'") != strings.TrimPrefix(s, "'") && got != "'"+s {
			t.Errorf("%q becomes %q, which is another text", s, got)
		}
		if again := fields.Cell(got); again != got {
			t.Errorf("%q becomes %q the first time and %q the second", s, got, again)
		}
	})
}
