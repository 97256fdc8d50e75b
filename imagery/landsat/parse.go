package landsat

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// MTL is a metadata file: groups of values by key. Names of groups are those of
// Collection 2; keys repeat between groups.
type MTL map[string]map[string]string

// Bounds of a metadata file; real ones hold about 15 kB and 20 groups.
const (
	maxBytes = 4 << 20
	maxDepth = 8
)

// Parse reads an MTL file in any of its three forms.
func Parse(data []byte) (MTL, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("MTL: %d bytes are too many for a metadata file", len(data))
	}
	m := MTL{}
	var err error
	switch text := bytes.TrimSpace(data); {
	case bytes.HasPrefix(text, []byte("{")):
		err = m.json(text)
	case bytes.HasPrefix(text, []byte("<")):
		err = m.xml(text)
	default:
		err = m.odl(text)
	}
	if err != nil {
		return nil, fmt.Errorf("MTL: %w", err)
	}
	if len(m) == 0 {
		return nil, errors.New("MTL: the file holds no group of values")
	}
	return m, nil
}

func (m MTL) set(group, key, value string) {
	if m[group] == nil {
		m[group] = map[string]string{}
	}
	m[group][key] = strings.Trim(strings.TrimSpace(value), `"`)
}

func (m MTL) json(text []byte) error {
	var file map[string]map[string]map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&file); err != nil {
		return err
	}
	for _, groups := range file {
		for group, values := range groups {
			for key, v := range values {
				m.set(group, key, fmt.Sprint(v))
			}
		}
	}
	return nil
}

// odl reads lines of KEY = VALUE between GROUP = NAME and END_GROUP = NAME.
func (m MTL) odl(text []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(text))
	var groups []string
	for lines.Scan() {
		key, value, ok := strings.Cut(lines.Text(), "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case key == "END":
			return nil
		case !ok:
			continue
		case key == "GROUP" && len(groups) >= maxDepth:
			return fmt.Errorf("groups are nested more than %d deep", maxDepth)
		case key == "GROUP":
			groups = append(groups, value)
		case key == "END_GROUP" && len(groups) == 0:
			return errors.New("END_GROUP without its GROUP")
		case key == "END_GROUP":
			groups = groups[:len(groups)-1]
		case len(groups) > 0:
			m.set(groups[len(groups)-1], key, value)
		}
	}
	return lines.Err()
}

func (m MTL) xml(text []byte) error {
	d := xml.NewDecoder(bytes.NewReader(text))
	var path []string
	var value strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(path) >= maxDepth {
				return fmt.Errorf("elements are nested more than %d deep", maxDepth)
			}
			path = append(path, t.Name.Local)
			value.Reset()
		case xml.CharData:
			value.Write(t)
		case xml.EndElement:
			if len(path) == 3 { // file, group, key
				m.set(path[1], path[2], value.String())
			}
			path = path[:len(path)-1]
		case xml.Directive:
			return errors.New("a document type is not allowed")
		}
	}
}
