package crop

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// byteOrderMark is what some programs put before UTF-8.
const byteOrderMark = "\ufeff"

// readHeader reads the first row of a CSV file, without a byte order mark. A
// file that is empty, of another encoding or parted by something else than
// commas is an error that says so.
func readHeader(in *csv.Reader) ([]string, error) {
	rec, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty: want a header and rows")
	}
	if err != nil {
		return nil, readable(err)
	}
	head := slices.Clone(rec)
	head[0] = strings.TrimPrefix(head[0], byteOrderMark)
	for i, n := range head {
		if !utf8.ValidString(n) {
			return nil, fmt.Errorf("column %d of the header is not UTF-8 (GBK, perhaps): save the table as UTF-8", i+1)
		}
		if strings.ContainsRune(n, 0) {
			return nil, fmt.Errorf("column %d of the header holds a zero byte (UTF-16, or no text at all): save the table as CSV in UTF-8", i+1)
		}
		if j := slices.Index(head, n); j < i && n != "" {
			return nil, fmt.Errorf("column %q comes twice in the header", n)
		}
	}
	if len(head) == 1 {
		for sep, name := range map[string]string{";": "semicolons", "\t": "tabs", "|": "bars"} {
			if strings.Contains(head[0], sep) {
				return nil, fmt.Errorf("the columns are parted by %s: save the table as CSV with commas", name)
			}
		}
	}
	return head, nil
}

// readable says in words what is wrong with a file that cannot be read on.
func readable(err error) error {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the file is cut short within its compressed data: copy it again")
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("the compressed data are damaged (%w): copy the file again", err)
	case errors.As(err, &parse) && errors.Is(parse.Err, csv.ErrFieldCount):
		return fmt.Errorf("line %d: the row has not as many columns as the header", parse.Line)
	}
	return err
}

// printable cuts a cell down to what an error may show.
func printable(s string) string {
	if !utf8.ValidString(s) {
		return string(bytes.ToValidUTF8([]byte(s), []byte("?")))
	}
	return s
}
