package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
)

// digest is the SHA-256 over names and contents in the order of names. The
// folder that wraps everything does not count, so that a folder and the zip
// of it agree.
func (b *bundle) digest(ctx context.Context) (string, error) {
	h := sha256.New()
	prefix := b.commonFolder()
	buf := make([]byte, 1<<20)
	for _, f := range b.files {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s\x00%d\x00", strings.TrimPrefix(f.name, prefix), f.size)
		r, err := os.Open(f.path)
		if err != nil {
			return "", fmt.Errorf("digest %s: %w", f.name, err)
		}
		_, err = io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{r}, buf)
		r.Close()
		if err != nil {
			return "", fmt.Errorf("digest %s: %w", f.name, err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (b *bundle) commonFolder() string {
	if len(b.files) == 0 {
		return ""
	}
	first, _, ok := strings.Cut(b.files[0].name, "/")
	if !ok {
		return ""
	}
	for _, f := range b.files {
		if !strings.HasPrefix(f.name, first+"/") {
			return ""
		}
	}
	return first + "/"
}
