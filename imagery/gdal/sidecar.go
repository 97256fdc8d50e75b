package gdal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/airbusgeo/godal"

	"parus/imagery/remote"
)

// maskSuffix ends the name of a mask that is kept beside a file. Source: GDAL
// RFC 15, External mask files.
const maskSuffix = ".msk"

// maskBeside lets GDAL find the mask beside a file on disk, and nothing else
// there. Beside a remote file it is not looked for: each look would be a
// request, and the mask is not part of what was verified.
func maskBeside(href string) ([]godal.OpenOption, error) {
	if remote.IsRemote(href) || strings.HasPrefix(href, "/vsi") {
		return nil, nil
	}
	path := strings.TrimPrefix(href, "file://") + maskSuffix
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open mask: %w", err)
	}
	defer f.Close()
	head := make([]byte, 4)
	if _, err := io.ReadFull(f, head); err != nil || !isTIFF(head) {
		return nil, fmt.Errorf("open %s: the mask is no TIFF, as GDAL writes them: make it anew, or remove it if all pixels are good", path)
	}
	return []godal.OpenOption{godal.SiblingFiles(filepath.Base(path))}, nil
}

// isTIFF tells TIFF and BigTIFF by their first four bytes (TIFF 6.0, section 2);
// other formats may name further files.
func isTIFF(head []byte) bool {
	for _, magic := range []string{"II*\x00", "MM\x00*", "II+\x00", "MM\x00+"} {
		if bytes.Equal(head, []byte(magic)) {
			return true
		}
	}
	return false
}

// fits refuses a mask beside a file that has other pixels than the file, or
// cannot be one.
func fits(ds *godal.Dataset, href string) error {
	b := ds.Bands()[0]
	path := strings.TrimPrefix(href, "file://") + maskSuffix
	if b.MaskFlags()&perDataset == 0 {
		return fmt.Errorf("open %s: it holds no mask that all bands share: make it anew, or remove it if all pixels are good", path)
	}
	m, st := b.MaskBand().Structure(), ds.Structure()
	if m.SizeX != st.SizeX || m.SizeY != st.SizeY {
		return fmt.Errorf("open %s: a mask of %d×%d pixels beside a file of %d×%d: make it anew, or remove it if all pixels are good", path, m.SizeX, m.SizeY, st.SizeX, st.SizeY)
	}
	if n := int64(m.BlockSizeX) * int64(m.BlockSizeY); n > maxBlockBytes {
		return fmt.Errorf("open %s: the mask claims stored blocks of %d MiB: it is damaged", path, n>>20)
	}
	return nil
}
