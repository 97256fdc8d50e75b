package credit

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

// keyAt is the top key on or above a line.
func (d document) keyAt(line int) string {
	key := ""
	if d.root != nil {
		for _, v := range d.root.Values {
			if v.Key.GetToken().Position.Line <= line {
				key = v.Key.GetToken().Value
			}
		}
	}
	return key
}

// fault is the error of one key.
func (d document) fault(key string, offset int, message string) error {
	return &DocumentError{[]Fault{d.place(keyFault{key, offset, message})}}
}

// place finds the line and column of a key's value; of a key that the document
// leaves out, none.
func (d document) place(f keyFault) Fault {
	var field string
	top, index := f.Key, -1
	if rest, ok := strings.CutPrefix(f.Key, "rules["); ok {
		number, after, _ := strings.Cut(rest, "]")
		index, _ = strconv.Atoi(number)
		top, field = "rules", strings.TrimPrefix(after, ".")
	}
	node := value(d.root, top)
	if node == nil {
		return Fault{Key: f.Key, Message: f.Message + " (the document leaves it out: it is the default's)"}
	}
	if list, ok := node.(*ast.SequenceNode); ok && index >= 0 && index < len(list.Values) {
		node = list.Values[index]
		if m, ok := node.(*ast.MappingNode); ok {
			if v := value(m, field); v != nil {
				node = v
			} else if len(m.Values) > 0 { // the field is missing: the rule's first key
				p := m.Values[0].Key.GetToken().Position
				return d.at(p.Line, p.Column, f.Key, f.Message)
			}
		}
	}
	line, column := d.inside(node, f.Offset)
	return d.at(line, column, f.Key, f.Message)
}

func value(m *ast.MappingNode, key string) ast.Node {
	if m == nil {
		return nil
	}
	for _, v := range m.Values {
		if v.Key.GetToken().Value == key {
			return v.Value
		}
	}
	return nil
}

// inside finds the place of a character of a scalar's value in the source,
// whichever way it is written: plain, quoted, or a block.
func (d document) inside(n ast.Node, offset int) (line, column int) {
	p := n.GetToken().Position
	if offset < 0 {
		return p.Line, p.Column
	}
	c := cursor{d.lines, p.Line - 1, max(0, p.Column-1)}
	var text []rune
	switch s := n.(type) {
	case *ast.StringNode:
		text = []rune(s.Value)
		if r, ok := c.at(); ok && (r == '"' || r == '\'') {
			c.next()
		}
	case *ast.LiteralNode:
		text = []rune(s.Value.Value)
		c.line, c.column = s.Start.Position.Line, 0
	default:
		return p.Line, p.Column
	}
	for i := 0; i <= min(offset, len(text)-1); i++ {
		c.find(text[i])
		if i < offset {
			c.next()
		}
	}
	return c.line + 1, c.column + 1
}

// cursor walks over the source.
type cursor struct {
	lines        [][]rune
	line, column int // from 0
}

// at is the character here; a line's end is one.
func (c *cursor) at() (rune, bool) {
	switch {
	case c.line >= len(c.lines):
		return 0, false
	case c.column >= len(c.lines[c.line]):
		return '\n', true
	}
	return c.lines[c.line][c.column], true
}

func (c *cursor) next() {
	if c.line < len(c.lines) && c.column < len(c.lines[c.line]) {
		c.column++
		return
	}
	c.line, c.column = c.line+1, 0
}

// find moves on to where a character of the value stands: over indents, line
// ends that were folded and escapes. A space may stand for a line's end.
func (c *cursor) find(want rune) {
	start := *c
	for {
		r, ok := c.at()
		switch {
		case !ok:
			*c = start
			return
		case r == want, unicode.IsSpace(want) && unicode.IsSpace(r):
			return
		case !unicode.IsSpace(r) && r != '\\' && r != '\'' && r != '"':
			*c = start // an escape that stands for another character
			return
		}
		c.next()
	}
}
