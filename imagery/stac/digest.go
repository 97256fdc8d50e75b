package stac

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"parus/imagery"
)

// smallFile is the size up to which a file's content goes into the digest;
// larger ones count by size.
const smallFile = 64 << 20

// digest is the SHA-256 of what identifies a scene's content: the item in
// canonical JSON (keys sorted, without links and without the query of hrefs,
// which carry passing tokens), and of every local file its name, size and,
// up to 64 MiB, its content. Paths do not count, so moving a folder changes
// nothing.
func digest(data []byte, bands []imagery.Band) (string, error) {
	canonical, err := canonicalItem(data)
	if err != nil {
		return "", err
	}
	return contentDigest(canonical, bands)
}

// contentDigest is that of a document as it is, and of its bands' files.
func contentDigest(document []byte, bands []imagery.Band) (string, error) {
	h := sha256.New()
	h.Write(document)
	seen := map[string]bool{}
	for _, b := range bands {
		fmt.Fprintf(h, "\x00%s %d", b.Name, b.Index)
		if seen[b.Href] || isURL(b.Href) || strings.Contains(b.Href, "://") || strings.HasPrefix(b.Href, "/vsi") {
			continue
		}
		seen[b.Href] = true
		if err := addFile(h, b.Href); err != nil {
			return "", err
		}
		// A mask beside the file is read with it: see imagery/gdal.
		if err := addFile(h, b.Href+".msk"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func addFile(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("digest: %w", err)
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return fmt.Errorf("digest: %w", err)
	}
	fmt.Fprintf(w, "\x00%s %d", filepath.Base(path), fi.Size())
	if fi.Size() > smallFile {
		return nil
	}
	if _, err := io.Copy(w, f); err != nil {
		return fmt.Errorf("digest %s: %w", path, err)
	}
	return nil
}

func canonicalItem(data []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("digest: %w", err)
	}
	delete(m, "links")
	if as, ok := m["assets"].(map[string]any); ok {
		for _, a := range as {
			if a, ok := a.(map[string]any); ok {
				if href, ok := a["href"].(string); ok && strings.Contains(href, "://") {
					a["href"], _, _ = strings.Cut(href, "?")
				}
			}
		}
	}
	return json.Marshal(m)
}
