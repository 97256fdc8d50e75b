package web

import (
	"bytes"
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed all:ui/dist
var builtPage embed.FS

//go:embed reader
var readerFiles embed.FS

const noPage = `The page is not built into this server.
Run "make page" (or "npm ci && npm run build" in web/ui), then build the server again.
The API works without it: see /docs and /openapi.json.
`

// page serves the files of the built page. Addresses of cards and lists answer
// with the page itself, which reads them. Beside each text lie its packed forms,
// made by the build, so that packing takes no time here.
type page struct {
	files fs.FS
	built bool // index.html is there
}

func newPage(files fs.FS) (*page, error) {
	if files == nil {
		sub, err := fs.Sub(builtPage, "ui/dist")
		if err != nil {
			return nil, err
		}
		files = sub
	}
	_, err := fs.Stat(files, "index.html")
	return &page{files: files, built: err == nil}, nil
}

func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if readByPage(name) {
		name = "index.html"
		if !p.built {
			plain(w, http.StatusServiceUnavailable, noPage)
			return
		}
	}
	data, err := fs.ReadFile(p.files, name)
	if err != nil || name == ".keep" || packedForm(name) {
		writeProblem(w, errNotFound())
		return
	}
	h := w.Header()
	h.Set("Content-Type", fileType(name))
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") { // their names carry a hash of their content
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	for _, form := range packedForms {
		if !accepts(r, form.encoding) {
			continue
		}
		if packed, err := fs.ReadFile(p.files, name+form.ending); err == nil {
			h.Set("Content-Encoding", form.encoding)
			h.Set("Content-Length", strconv.Itoa(len(packed)))
			_, _ = w.Write(packed) // the connection is gone where this fails
			return
		}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// lists and views of the page, and the kinds of its cards; see state.ts and
// views.ts.
var (
	pageLists = []string{"", "account", "admin", "alerts", "applications", "audit", "disputes", "policies", "portfolio", "runs", "upload"}
	pageCards = []string{"a", "disputes", "h", "p", "policies", "runs", "upload"}
)

// packedForms of a file, the smallest first.
var packedForms = [...]struct{ encoding, ending string }{{"br", ".br"}, {"gzip", ".gz"}}

func packedForm(name string) bool {
	for _, form := range packedForms {
		if strings.HasSuffix(name, form.ending) {
			return true
		}
	}
	return false
}

// accepts tells whether a request takes an encoding (RFC 9110, 12.5.3): it is
// named, and not with a weight of nothing.
func accepts(r *http.Request, encoding string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(part, ";")
		if strings.TrimSpace(name) == encoding {
			q := strings.TrimLeft(strings.TrimPrefix(strings.TrimSpace(weight), "q="), "0.")
			return weight == "" || q != ""
		}
	}
	return false
}

// readByPage tells whether an address is that of a list or a card.
func readByPage(name string) bool {
	kind, _, card := strings.Cut(name, "/")
	if card {
		return slices.Contains(pageCards, kind)
	}
	return slices.Contains(pageLists, kind)
}

// fileType does not ask the machine's own table, which differs from one to the next.
func fileType(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".png":
		return "image/png"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// readerPage shows /openapi.json to people; it loads nothing from elsewhere.
func readerPage() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/docs"), "/")
		if name == "" {
			name = "index.html"
		}
		data, err := fs.ReadFile(readerFiles, "reader/"+name)
		if err != nil {
			writeProblem(w, errNotFound())
			return
		}
		w.Header().Set("Content-Type", fileType(name))
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(data) // the connection is gone where this fails
	})
}
