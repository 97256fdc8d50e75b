package credit

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// mostDocument is the largest policy in bytes.
const mostDocument = 256 << 10

// document is a policy as it is written, with the place of every key.
type document struct {
	lines [][]rune
	root  *ast.MappingNode // nil where there is nothing
}

// readDocument reads a policy over base and checks all of it.
func readDocument(base Policy, src []byte) (Policy, error) {
	doc, err := parseDocument(src)
	if err != nil {
		return Policy{}, err
	}
	if doc.root != nil {
		if err := yaml.UnmarshalWithOptions(src, &base, yaml.DisallowUnknownField()); err != nil {
			return Policy{}, doc.refused(err)
		}
		if err := doc.wholeNumbers(); err != nil {
			return Policy{}, err
		}
	}
	faults := base.faults()
	_, ofRules := base.compileRules()
	if faults = append(faults, ofRules...); len(faults) > 0 {
		out := &DocumentError{}
		for _, f := range faults {
			out.Faults = append(out.Faults, doc.place(f))
		}
		slices.SortStableFunc(out.Faults, func(a, b Fault) int { return a.Line - b.Line })
		return Policy{}, out
	}
	return base, nil
}

// parseDocument finds the keys of a policy. What a policy has no use for is
// refused: several documents, anchors, and a list at the top.
func parseDocument(src []byte) (doc document, err error) {
	refuse := func(line, column int, format string, args ...any) error {
		return &DocumentError{[]Fault{doc.at(line, column, "", fmt.Sprintf(format, args...))}}
	}
	defer func() {
		if r := recover(); r != nil {
			err = refuse(1, 1, "can not be read as YAML: %v", r)
		}
	}()
	if len(src) > mostDocument {
		return document{}, refuse(1, 1, "is larger than %d KiB: not a policy", mostDocument>>10)
	}
	if !utf8.Valid(src) {
		for i, line := range bytes.Split(src, []byte("\n")) {
			if !utf8.Valid(line) {
				return document{}, refuse(i+1, 1, "is not UTF-8: save the file as UTF-8")
			}
		}
	}
	for _, line := range strings.Split(string(src), "\n") {
		doc.lines = append(doc.lines, []rune(strings.TrimRight(line, "\r")))
	}
	file, err := parser.ParseBytes(src, 0)
	if err != nil {
		return document{}, doc.refused(err)
	}
	var body ast.Node
	for _, d := range file.Docs {
		if d.Body == nil || d.Body.Type() == ast.NullType || d.Body.Type() == ast.CommentType {
			continue
		}
		if body != nil {
			p := d.Body.GetToken().Position
			return document{}, refuse(p.Line, p.Column, "a second document: a file holds one policy")
		}
		body = d.Body
	}
	if body == nil {
		return doc, nil
	}
	banned := &findBanned{}
	ast.Walk(banned, body)
	if banned.at != nil {
		return document{}, refuse(banned.at.Line, banned.at.Column, "anchors, aliases and tags have no place in a policy: write the value out")
	}
	root, ok := body.(*ast.MappingNode)
	if !ok {
		p := body.GetToken().Position
		return document{}, refuse(p.Line, p.Column, "want keys and values, such as version: \"2026-1\"")
	}
	doc.root = root
	return doc, nil
}

// wholeNumbers refuses decimals where a whole number belongs, which the YAML
// reader would cut.
func (d document) wholeNumbers() error {
	t := reflect.TypeFor[Policy]()
	for i := range t.NumField() {
		f := t.Field(i)
		decimal, ok := value(d.root, f.Tag.Get("yaml")).(*ast.FloatNode)
		if ok && (f.Type.Kind() == reflect.Int || f.Type.Kind() == reflect.Int64) {
			return d.fault(f.Tag.Get("yaml"), -1, fmt.Sprintf("%s is not a whole number", decimal.Token.Value))
		}
	}
	return nil
}

// findBanned finds the first anchor, alias or tag.
type findBanned struct{ at *token.Position }

// Visit looks at one node.
func (f *findBanned) Visit(n ast.Node) ast.Visitor {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		if f.at == nil {
			f.at = n.GetToken().Position
		}
	}
	return f
}

// refused places an error of the YAML reader.
func (d document) refused(err error) error {
	var known yaml.Error
	if !errors.As(err, &known) || known.GetToken() == nil {
		return &DocumentError{[]Fault{d.at(1, 1, "", err.Error())}}
	}
	p, message := known.GetToken().Position, known.GetMessage()
	key := d.keyAt(p.Line)
	var unknown *yaml.UnknownFieldError
	var wrong *yaml.TypeError
	switch {
	case errors.As(err, &unknown):
		key = known.GetToken().Value
		message = "is no key of a policy: see docs/policy.md"
		if near := nearestKey(key); near != "" {
			message = "is no key of a policy: did you mean " + near + "?"
		}
	case errors.As(err, &wrong):
		message = fmt.Sprintf("%q is not %s", clip(known.GetToken().Value), kindWord(wrong.DstType))
	}
	return &DocumentError{[]Fault{d.at(p.Line, p.Column, key, message)}}
}

func kindWord(t reflect.Type) string {
	if t == nil {
		return "what belongs here"
	}
	switch t.Kind() {
	case reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.String:
		return "a text"
	case reflect.Slice:
		return "a list"
	default:
		return "what belongs here"
	}
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
