package web

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parus/internal/intake"
	"parus/internal/vault"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// The resumable upload is the tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload):
// its core with creation, checksum, termination and expiration. The handlers are
// our own: pieces go to the tables that every web server and worker shares, each
// step is an operation of the API with its roles, and refusals are problems with
// a next step.
const (
	tusVersion    = "1.0.0"
	tusExtensions = "creation,checksum,termination,expiration"
	tusChecksums  = "sha1,sha256"
	tusType       = "application/offset+octet-stream"
	// statusChecksum is the protocol's own: the bytes are not those of the checksum.
	statusChecksum = 460
)

// handedIn are the kinds of files that are taken, by what they are called.
var handedIn = []string{".zip", ".gpkg", ".sqlite", ".parquet", ".geoparquet", ".geojson", ".json"}

var countyOfUpload = regexp.MustCompile(`^[1-9][0-9]{5}$`)

type tusHead struct {
	Resumable string `header:"Tus-Resumable" doc:"1.0.0"`
}

type tusOptionsOutput struct {
	Resumable string `header:"Tus-Resumable"`
	Version   string `header:"Tus-Version"`
	Extension string `header:"Tus-Extension"`
	Checksums string `header:"Tus-Checksum-Algorithm"`
	MaxSize   string `header:"Tus-Max-Size"`
}

type tusCreateInput struct {
	tusHead
	Length   int64  `header:"Upload-Length" required:"true" minimum:"1"`
	Metadata string `header:"Upload-Metadata" maxLength:"2000" doc:"filename and county, each with its value in base64, separated by commas."`
}

type tusOutput struct {
	Location     string `header:"Location"`
	Offset       string `header:"Upload-Offset"`
	Length       string `header:"Upload-Length"`
	Expires      string `header:"Upload-Expires"`
	CacheControl string `header:"Cache-Control"`
}

type tusInput struct {
	tusHead
	UploadPath
}

func (s *server) addTus(api huma.API) {
	op := func(id, method, path, summary string, status int, errors ...int) huma.Operation {
		o := s.operation(huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"uploads"}, DefaultStatus: status,
			Errors: append(errors, 403, 412)})
		o.Middlewares = append(o.Middlewares, tusSpoken)
		return o
	}
	huma.Register(api, op("uploadOptions", http.MethodOptions, "/v1/uploads", "What of the tus protocol is spoken here", http.StatusNoContent), s.tusOptions)
	huma.Register(api, op("createUpload", http.MethodPost, "/v1/uploads", "Begin a resumable upload (tus 1.0.0)", http.StatusCreated, 400, 404, 413, 415, 429, 507), s.createUpload)
	huma.Register(api, op("uploadOffset", http.MethodHead, "/v1/uploads/{id}", "How many bytes of an upload have come", http.StatusOK, 404, 410), s.uploadOffset)
	huma.Register(api, op("withdrawUpload", http.MethodDelete, "/v1/uploads/{id}", "Give an upload up; its bytes go at once", http.StatusNoContent, 404, 409, 410), s.withdrawUpload)
	s.addPatch(api, op("sendUpload", http.MethodPatch, "/v1/uploads/{id}", "Send the bytes that follow (tus 1.0.0)", http.StatusNoContent, 400, 404, 408, 409, 410, 413, 415, 429))
}

// tusSpoken refuses other versions of the protocol and names this one.
func tusSpoken(ctx huma.Context, next func(huma.Context)) {
	ctx.SetHeader("Tus-Resumable", tusVersion)
	v := ctx.Header("Tus-Resumable")
	if v == tusVersion || ctx.Method() == http.MethodOptions || ctx.Method() == http.MethodDelete && v == "" {
		next(ctx)
		return
	}
	ctx.SetHeader("Tus-Version", tusVersion)
	_, w := humago.Unwrap(ctx)
	writeProblem(w, problem(http.StatusPreconditionFailed, "tus_version", "The request names no version of the tus protocol that is spoken here.", "Send Tus-Resumable: 1.0.0."))
}

func (s *server) tusOptions(context.Context, *struct{}) (*tusOptionsOutput, error) {
	return &tusOptionsOutput{Resumable: tusVersion, Version: tusVersion, Extension: tusExtensions, Checksums: tusChecksums,
		MaxSize: strconv.FormatInt(s.cfg.Uploads.Bytes, 10)}, nil
}

func (s *server) createUpload(ctx context.Context, in *tusCreateInput) (*tusOutput, error) {
	account, err := handsIn(ctx)
	if err != nil {
		return nil, err
	}
	if !s.sending.allow(account.ID, s.cfg.Now()) {
		return nil, errBusy()
	}
	meta, ok := tusMetadata(in.Metadata)
	name, county := fileName(meta["filename"]), meta["county"]
	switch {
	case !ok || name == "":
		return nil, errBad("Upload-Metadata names no file.", "Send filename and county, each with its value in base64.")
	case !slices.Contains(handedIn, strings.ToLower(path.Ext(name))):
		return nil, problem(http.StatusUnsupportedMediaType, "upload_kind", "A file of this kind is not taken.", "Pack the county's files into a zip, or hand in a GeoPackage, GeoParquet or GeoJSON file.")
	case !countyOfUpload.MatchString(county):
		return nil, errBad("Upload-Metadata names no county.", "Send the county's six digits as county.")
	case !account.Scope().Sees(county):
		return nil, errNotFound()
	}
	id, err := newUploadID()
	if err != nil {
		return nil, s.answer("createUpload", err)
	}
	n := intake.New{ID: id, County: county, Name: name, Size: in.Length, Account: account.ID, By: account.Name, Limits: s.cfg.Uploads, At: s.cfg.Now()}
	if n.Key, err = s.uploadKey(county, id); err != nil {
		return nil, s.answer("createUpload", err)
	}
	u, err := s.store.AddUpload(ctx, account.Scope(), n)
	if err != nil {
		return nil, s.uploadRefused("createUpload", err)
	}
	return &tusOutput{Location: "/v1/uploads/" + u.ID, Expires: u.Expires.UTC().Format(http.TimeFormat), CacheControl: noStore}, nil
}

// uploadKey makes the key of an upload's pieces, nil where the server has none of
// the county.
func (s *server) uploadKey(county, id string) (*intake.Key, error) {
	keys, err := s.cfg.Keys.County(county)
	if errors.Is(err, vault.ErrNoKeys) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	_, wrapped, err := keys.NewUploadKey(id)
	return &intake.Key{KeyID: wrapped.KeyID, Data: wrapped.Data}, err
}

func newUploadID() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// tusMetadata reads pairs of a key and a value in base64.
func tusMetadata(text string) (map[string]string, bool) {
	out := map[string]string{}
	if strings.TrimSpace(text) == "" {
		return out, true
	}
	for pair := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), " ")
		plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
		if _, twice := out[key]; key == "" || twice || err != nil || !utf8.Valid(plain) {
			return nil, false
		}
		out[key] = string(plain)
	}
	return out, true
}

// longestName bounds a file's name, in characters.
const longestName = 200

// fileName is the last part of a path without what cannot be seen; "" where
// nothing is left. It is shown to people and stands for no place on any disk.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	if name == "." || name == "/" || name == ".." {
		return ""
	}
	if r := []rune(name); len(r) > longestName {
		ext := []rune(path.Ext(name))
		if len(ext) > 20 {
			return ""
		}
		name = string(r[:longestName-len(ext)]) + string(ext)
	}
	return name
}

func (s *server) uploadOffset(ctx context.Context, in *tusInput) (*tusOutput, error) {
	account, err := handsIn(ctx)
	if err != nil {
		return nil, err
	}
	u, err := s.store.UploadSealing(ctx, account.Scope(), in.ID)
	if err != nil {
		return nil, s.answer("uploadOffset", err)
	}
	if gone(u, s.cfg.Now()) {
		return nil, s.uploadRefused("uploadOffset", &intake.Refusal{Code: intake.Gone})
	}
	return &tusOutput{Offset: strconv.FormatInt(u.Got, 10), Length: strconv.FormatInt(u.Size, 10), Expires: u.Expires.UTC().Format(http.TimeFormat), CacheControl: noStore}, nil
}

// gone tells whether an upload's bytes are, or are about to be.
func gone(u intake.Sealing, now time.Time) bool {
	return u.State == intake.Expired || u.State == intake.Withdrawn || u.State == intake.Receiving && !u.Expires.After(now)
}

func (s *server) withdrawUpload(ctx context.Context, in *tusInput) (*struct{}, error) {
	account, err := handsIn(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.store.WithdrawUpload(ctx, account.Scope(), s.actOf(account, in.ID)); err != nil {
		return nil, s.uploadRefused("withdrawUpload", err)
	}
	return nil, nil
}
