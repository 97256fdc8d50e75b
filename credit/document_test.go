package credit_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"parus/credit"
)

func TestFaultsOfAPolicyPointAtTheirLine(t *testing.T) {
	t.Parallel()
	const rules = "version: \"x-1\"\nrules:\n  - name: big\n    then: refer\n    zh: 大额\n    en: large\n"
	for _, c := range []struct {
		name, doc    string
		line, column int
		key, want    string
	}{
		{"a parameter out of range", "version: x-1\n\nappetite: 2 # too much\n", 3, 11, "appetite", "is 2: want 0.001 to 0.5"},
		{"a text in place of a number", "version: x-1\nlgd: high\n", 2, 6, "lgd", `"high" is not a number`},
		{"a decimal in place of a whole number", "version: x-1\nstep: 10.5\n", 2, 7, "step", "whole number"},
		{"a misspelt key", "version: x-1\napetite: 0.03\n", 2, 1, "apetite", "did you mean appetite?"},
		{"a key of nothing", "version: x-1\nrainfall: 3\n", 2, 1, "rainfall", "see docs/policy.md"},
		{"a key twice", "version: x-1\nlgd: 0.5\nlgd: 0.6\n", 3, 1, "", "already defined"},
		{"broken YAML", "version: x-1\nlgd: [0.5\n", 2, 0, "", ""},
		{"figures that changed under the default's name", "version: parus-default-2\nlgd: 0.5\n", 1, 10, "version", "give it a version of its own"},
		{"caps that no line can meet", "version: x-1\nproduct_cap: 500\n", 2, 14, "product_cap", "below least_line 1000"},
		{"a cap that an untouched key contradicts", "version: x-1\nleast_line: 250000\n", 0, 0, "household_cap", "it is the default's"},
		{"a list in place of a policy", "- a\n- b\n", 1, 1, "", "want keys and values"},
		{"two policies", "version: x-1\n---\nversion: x-2\n", 3, 0, "", "a file holds one policy"},
		{"an anchor", "version: &v x-1\n", 1, 0, "", "anchors"},
		{"another encoding", "version: x-1\n# \xc7\xe0\xba\xcc\n", 2, 1, "", "UTF-8"},
		{"a fact in a plain condition", rules + "    when: line > 0.0 && sex == 'f'\n", 7, 25, "rules[0].when", "sex is no fact"},
		{"a fact in a quoted condition", rules + "    when: \"line > 0.0 && sex == 'f'\"\n", 7, 26, "rules[0].when", "sex is no fact"},
		{"a fact behind escapes", rules + "    when: 'county == ''1'' && age > 60'\n", 7, 31, "rules[0].when", "age is no fact"},
		{"a fact in a block", rules + "    when: |\n      line > 0.0 &&\n        neeed > 1.0\n", 9, 9, "rules[0].when", "did you mean need?"},
		{"a fact in a folded block", rules + "    when: >-\n      line > 0.0 &&\n      neeed > 1.0\n", 9, 7, "rules[0].when", "did you mean need?"},
		{"a fact after Chinese words", rules + "    when: \"season == '小麦' && agee > 1\"\n", 7, 30, "rules[0].when", "is no fact"},
		{"a rule without a condition", rules, 3, 5, "rules[0].when", "is missing"},
		{"an effect that nobody knows", strings.Replace(rules, "refer", "refuse", 1) + "    when: line > 0.0\n", 4, 11, "rules[0].then", "want refer"},
		{"a field that a rule does not have", rules + "    when: line > 0.0\n    if: x\n", 8, 5, "if", "is no key"},
		{"a cap below the least line", strings.Replace(rules, "refer", "cap", 1) + "    when: line > 0.0\n    amount: 500\n", 8, 13, "rules[0].amount", "below least_line"},
		{"rejecting everybody", strings.Replace(rules, "refer", "reject", 1) + "    when: 1 < 2\n", 7, 11, "rules[0].when", "rejects all"},
	} {
		_, err := credit.ReadPolicy(strings.NewReader(c.doc))
		var doc *credit.DocumentError
		if !errors.As(err, &doc) || len(doc.Faults) == 0 {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		f := doc.Faults[0]
		if f.Line != c.line || (c.column > 0 && f.Column != c.column) || f.Key != c.key && c.key != "" || !strings.Contains(f.Message, c.want) {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
}

func TestTheExcerptHasItsCaretUnderThePlace(t *testing.T) {
	t.Parallel()
	_, err := credit.ReadPolicy(strings.NewReader("version: x\nrules:\n  - {name: a, then: note, zh: 大, en: b, when: agee > 1}\n"))
	// 46 characters stand before it; the wide one of them takes two cells.
	want := "policy: line 3, column 47: rules[0].when: agee is no fact: see the table of facts in docs/policy.md\n" +
		"      - {name: a, then: note, zh: 大, en: b, when: agee > 1}\n" +
		"    " + strings.Repeat(" ", 47) + "^"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
}

func TestAllFaultsAreToldAtOnceInOrderOfLine(t *testing.T) {
	t.Parallel()
	_, err := credit.ReadPolicy(strings.NewReader("version: x-1\nrules:\n  - {name: A, when: x, then: y}\nlgd: 3\nappetite: 4\n"))
	var doc *credit.DocumentError
	if !errors.As(err, &doc) || len(doc.Faults) != 7 {
		t.Fatalf("%v", err)
	}
	for i := 1; i < len(doc.Faults); i++ {
		if doc.Faults[i].Line < doc.Faults[i-1].Line {
			t.Errorf("line %d after %d", doc.Faults[i].Line, doc.Faults[i-1].Line)
		}
	}
}

func TestACompletedDocumentMeansTheSameAndNamesEveryKey(t *testing.T) {
	t.Parallel()
	const doc = "# ours\nversion: x-1\nappetite: 0.05 # more\nrules:\n  - {name: a, when: line > 20000, then: cap, amount: 20000, zh: 上限, en: cap}\n"
	full, p, err := credit.CompleteDocument([]byte(doc))
	if err != nil || p.Appetite != 0.05 || len(p.Rules) != 1 || p.Rules[0].Amount != "20000" {
		t.Fatalf("%+v, %v", p, err)
	}
	if !strings.HasPrefix(string(full), doc) {
		t.Errorf("what was written is changed:\n%s", full)
	}
	for _, key := range credit.PolicyKeys() {
		if strings.Count("\n"+string(full), "\n"+key+":") != 1 {
			t.Errorf("%s does not stand once in\n%s", key, full)
		}
	}
	again, q, err := credit.CompleteDocument(full)
	if err != nil || string(again) != string(full) || !q.Equal(p) {
		t.Errorf("a second time: %v\n%s", err, again)
	}
	for name, bad := range map[string]string{"no version": "lgd: 0.65\n", "braces": "{version: x-1, lgd: 0.5}", "an end mark": "version: x-1\nlgd: 0.5\n...\n", "nothing": ""} {
		if out, _, err := credit.CompleteDocument([]byte(bad)); err == nil {
			t.Errorf("%s: completed to\n%s", name, out)
		}
	}
}

func FuzzReadPolicy(f *testing.F) {
	for _, doc := range []string{"", "version: x-1\nappetite: 0.05\n", "version: \"x\"\nrules:\n  - name: a\n    when: |\n      line > 1.0\n    then: note\n    zh: 一\n    en: b\n",
		"a: &a [*a]", "version: x\nrules: [{}]\n", "---\n...\n---\n", "\xff", "rules: {a: b}", "? [a]\n: b\n", "version: !!binary x", "lgd: .nan", "appetite: .inf", "{}", "step: 0x10"} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		p, err := credit.ReadPolicy(strings.NewReader(string(doc)))
		if err != nil {
			var faults *credit.DocumentError
			if !errors.As(err, &faults) || len(faults.Faults) == 0 {
				t.Fatalf("an error without a place: %v", err)
			}
			lines := strings.Count(string(doc), "\n") + 1
			for _, x := range faults.Faults {
				if x.Line > lines || x.Message == "" {
					t.Errorf("%+v in a document of %d lines", x, lines)
				}
			}
			return
		}
		if _, err := credit.NewEngine(p); err != nil {
			t.Errorf("read, and no engine: %v", err)
		}
		if full, q, err := credit.CompleteDocument(doc); err == nil {
			if again, err := credit.ReadPolicy(strings.NewReader(string(full))); err != nil || !again.Equal(q) || !q.Equal(p) {
				t.Errorf("completed, and another policy: %v", err)
			}
		}
	})
}

func TestTheDocumentationsExampleIsSound(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, doc, _ := strings.Cut(string(b), "```yaml\n")
	doc, _, _ = strings.Cut(doc, "```")
	if p, err := credit.ReadPolicy(strings.NewReader(doc)); err != nil || len(p.Rules) != 2 {
		t.Errorf("%+v, %v", p, err)
	}
}
