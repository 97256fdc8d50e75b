package credit

import (
	"bytes"
	"strings"
)

// CompleteDocument returns a policy's document with every parameter in it: what
// it leaves out is added at its end with the default's value of today, so that
// its meaning can't change with a later default. What is written stays as it is,
// line for line. The document must be one that [ReadPolicy] reads and must name
// its version.
func CompleteDocument(src []byte) ([]byte, Policy, error) {
	p, err := ReadPolicy(bytes.NewReader(src))
	if err != nil {
		return nil, Policy{}, err
	}
	doc, err := parseDocument(src)
	if err != nil {
		return nil, Policy{}, err
	}
	if value(doc.root, "version") == nil {
		return nil, Policy{}, &DocumentError{[]Fault{doc.at(1, 1, "version", "is missing: give the policy a version of its own")}}
	}
	if doc.root.IsFlowStyle {
		return nil, Policy{}, &DocumentError{[]Fault{doc.at(1, 1, "", "write a key a line, without braces around the whole")}}
	}
	var missing []string
	base := map[string]string{}
	for line := range strings.SplitSeq(defaultPolicy, "\n") {
		if key, _, ok := strings.Cut(line, ":"); ok {
			base[key] = line
		}
	}
	for _, key := range PolicyKeys() {
		if key != "rules" && value(doc.root, key) == nil {
			missing = append(missing, base[key])
		}
	}
	if len(missing) == 0 {
		return src, p, nil
	}
	out := bytes.TrimRight(bytes.Clone(src), "\n")
	out = append(out, "\n\n# as in the default when this was drafted\n"+strings.Join(missing, "\n")+"\n"...)
	again, err := ReadPolicy(bytes.NewReader(out))
	if err != nil || !again.Equal(p) {
		return nil, Policy{}, &DocumentError{[]Fault{doc.at(1, 1, "", "can not be completed with the default's parameters: leave out the end marks of YAML")}}
	}
	return out, p, nil
}
