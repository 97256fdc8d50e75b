package registry

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Limits bounds what a package may cost before it is refused.
type Limits struct {
	Files      int   // files in the package; default 20000
	TotalBytes int64 // unpacked; default 32 GiB
	Ratio      int64 // unpacked to packed size of one zip entry above 16 MiB; default 200
	NoNested   bool  // refuse archives within the zip, and programs
}

func (l Limits) withDefaults() Limits {
	if l.Files == 0 {
		l.Files = 20000
	}
	if l.TotalBytes == 0 {
		l.TotalBytes = 32 << 30
	}
	if l.Ratio == 0 {
		l.Ratio = 200
	}
	return l
}

// ErrRefused is wrapped where a package is not opened for safety. The errors
// below it say why, where whoever handed it in can mend that.
var (
	ErrRefused  = errors.New("package refused")
	ErrLeadsOut = fmt.Errorf("%w: an entry leads out of it", ErrRefused)
	ErrBomb     = fmt.Errorf("%w: it unpacks to too much", ErrRefused)
	ErrNested   = fmt.Errorf("%w: it holds what does not belong there", ErrRefused)
)

// strangers are kinds of files that no hand-over is made of: archives, which
// would have to be unpacked in turn, and programs.
const strangers = ".zip.rar.7z.tar.gz.tgz.bz2.xz.zst.cab.iso.exe.dll.msi.bat.cmd.ps1.sh.js.vbs.jar.lnk.scr.vrt."

// bundle is a package as files on disk.
type bundle struct {
	files []bundleFile // sorted by name
	temp  string       // removed by close
}

// bundleFile is one file: its name within the package (UTF-8, slashes) and
// where its bytes are.
type bundleFile struct {
	name string
	path string
	size int64
}

// base is the file's name without folders, lower case.
func (f bundleFile) base() string { return strings.ToLower(path.Base(f.name)) }

// stem is base without its last extension; ext is that extension with its dot.
func (f bundleFile) stem() string { return strings.TrimSuffix(f.base(), f.ext()) }
func (f bundleFile) ext() string  { return path.Ext(f.base()) }

// openBundle lists a folder, unpacks a zip into tempDir, or takes a single
// file with the files of the same stem beside it.
func openBundle(ctx context.Context, name, tempDir string, lim Limits) (*bundle, error) {
	lim = lim.withDefaults()
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("open package: %w", err)
	}
	switch {
	case info.IsDir():
		return listFolder(name, lim)
	case strings.EqualFold(filepath.Ext(name), ".zip"):
		return unpack(ctx, name, tempDir, lim)
	}
	return listSiblings(name)
}

func listFolder(root string, lim Limits) (*bundle, error) {
	b := &bundle{}
	var total int64
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.Type().IsRegular() {
			return nil // links lead out of the package
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		b.files = append(b.files, bundleFile{decodeName(filepath.ToSlash(rel)), p, info.Size()})
		if total += info.Size(); len(b.files) > lim.Files || total > lim.TotalBytes {
			return fmt.Errorf("%w: more than %d files or %d bytes: hand over one county at a time", ErrRefused, lim.Files, lim.TotalBytes)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list package %s: %w", root, err)
	}
	b.sort()
	return b, nil
}

func listSiblings(name string) (*bundle, error) {
	dir, stem := filepath.Dir(name), strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	b := &bundle{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list beside %s: %w", name, err)
	}
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		if !e.Type().IsRegular() || e.Name() != filepath.Base(name) &&
			(!strings.EqualFold(strings.TrimSuffix(e.Name(), ext), stem) || !strings.Contains(".shp.dbf.prj.cpg.shx.", strings.ToLower(ext)+".")) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, fmt.Errorf("list beside %s: %w", name, err)
		}
		b.files = append(b.files, bundleFile{e.Name(), filepath.Join(dir, e.Name()), info.Size()})
	}
	b.sort()
	return b, nil
}

func (b *bundle) sort() {
	sort.Slice(b.files, func(i, j int) bool { return b.files[i].name < b.files[j].name })
}

// unpack writes the entries of a zip under numbers of its own, so that no
// entry's name ever becomes a path.
func unpack(ctx context.Context, name, tempDir string, lim Limits) (*bundle, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, fmt.Errorf("open zip %s: %w", name, err)
	}
	defer func() { _ = z.Close() }()
	if err := checkZip(z.File, lim); err != nil {
		return nil, fmt.Errorf("open zip %s: %w", name, err)
	}
	dir, err := os.MkdirTemp(tempDir, "parus-registry-")
	if err != nil {
		return nil, fmt.Errorf("open zip %s: %w", name, err)
	}
	b := &bundle{temp: dir}
	left := lim.TotalBytes
	for i, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		if err := ctx.Err(); err != nil {
			b.close()
			return nil, err
		}
		entry := entryName(f)
		sub := filepath.Join(dir, fmt.Sprint(i)+safeExt(entry))
		n, err := writeEntry(f, sub, left)
		if err != nil {
			b.close()
			return nil, fmt.Errorf("unpack %s from %s: %w", entry, name, err)
		}
		left -= n
		b.files = append(b.files, bundleFile{entry, sub, n})
	}
	b.sort()
	return b, nil
}

// checkZip refuses by what the directory of the zip says, before a byte is
// unpacked.
func checkZip(files []*zip.File, lim Limits) error {
	if len(files) > lim.Files {
		return fmt.Errorf("%w: %d entries, at most %d", ErrBomb, len(files), lim.Files)
	}
	var total uint64
	for _, f := range files {
		n := strings.ReplaceAll(entryName(f), `\`, "/")
		if path.IsAbs(n) || strings.Contains("/"+n+"/", "/../") || strings.Contains(n, ":") || strings.ContainsRune(n, 0) {
			return fmt.Errorf("%w: entry %q", ErrLeadsOut, n)
		}
		if m := f.Mode(); !m.IsRegular() && !m.IsDir() {
			return fmt.Errorf("%w: entry %q is no ordinary file", ErrLeadsOut, n)
		}
		if e := strings.ToLower(path.Ext(n)); lim.NoNested && e != "" && strings.Contains(strangers, e+".") {
			return fmt.Errorf("%w: entry %q: leave it out, or unpack it and pack its files anew", ErrNested, n)
		}
		if f.UncompressedSize64 > 16<<20 && f.UncompressedSize64/uint64(lim.Ratio) > f.CompressedSize64 {
			return fmt.Errorf("%w: entry %q unpacks to more than %d times its size", ErrBomb, n, lim.Ratio)
		}
		if total += f.UncompressedSize64; f.UncompressedSize64 > uint64(lim.TotalBytes) || total > uint64(lim.TotalBytes) {
			return fmt.Errorf("%w: more than %d bytes", ErrBomb, lim.TotalBytes)
		}
	}
	return nil
}

// writeEntry unpacks one entry and trusts no size that the zip states.
func writeEntry(f *zip.File, to string, left int64) (int64, error) {
	r, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	limit := min(left, int64(f.UncompressedSize64))
	w, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, io.LimitReader(r, limit+1))
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err == nil && n > limit {
		err = fmt.Errorf("%w: entry is larger than it says", ErrBomb)
	}
	return n, err
}

// entryName decodes an entry's name; Chinese archivers write GBK without the
// UTF-8 flag.
func entryName(f *zip.File) string {
	n := strings.ReplaceAll(f.Name, `\`, "/")
	if !f.NonUTF8 && utf8.ValidString(n) {
		return n
	}
	return decodeName(f.Name)
}

// safeExt keeps an extension that drivers go by, where it is a harmless one.
func safeExt(name string) string {
	ext := strings.ToLower(path.Ext(name))
	for _, c := range strings.TrimPrefix(ext, ".") {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return ""
		}
	}
	return ext
}

func decodeName(n string) string {
	if utf8.ValidString(n) {
		return n
	}
	if s, err := simplifiedchinese.GB18030.NewDecoder().String(n); err == nil {
		return strings.ReplaceAll(s, `\`, "/")
	}
	return strings.ToValidUTF8(n, "_")
}

func (b *bundle) close() {
	if b.temp != "" {
		_ = os.RemoveAll(b.temp) // a leftover in the temporary folder harms nobody
	}
}

// sibling finds the file with the same folder and stem and another extension.
func (b *bundle) sibling(f bundleFile, ext string) (bundleFile, bool) {
	want := strings.ToLower(strings.TrimSuffix(f.name, path.Ext(f.name)) + ext)
	for _, g := range b.files {
		if strings.ToLower(g.name) == want {
			return g, true
		}
	}
	return bundleFile{}, false
}
