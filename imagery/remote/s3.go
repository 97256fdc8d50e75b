package remote

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7/pkg/signer"
)

// address is where a file is asked for, and how requests are signed.
type address struct {
	url     *url.URL
	sign    func(*http.Request) *http.Request // nil for none
	explain func(*http.Response, error) error // what a refusal means; nil for none
	own     bool                              // the environment names the server
}

// IsRemote tells whether a file's address is read by this package: http, https,
// s3 and gs, also in GDAL's spelling.
func IsRemote(href string) bool {
	_, ok := unspell(href)
	return ok
}

// URL turns GDAL's spelling of an address, such as /vsis3/bucket/key, into a
// URL; others stay as they are.
func URL(href string) string {
	u, _ := unspell(href)
	return u
}

// unspell turns GDAL's virtual paths into URLs.
func unspell(href string) (string, bool) {
	for prefix, scheme := range map[string]string{"/vsicurl/": "", "/vsis3/": "s3://", "/vsigs/": "gs://"} {
		if rest, ok := strings.CutPrefix(href, prefix); ok {
			href = scheme + rest
			break
		}
	}
	for _, scheme := range []string{"http://", "https://", "s3://", "gs://"} {
		if strings.HasPrefix(href, scheme) {
			return href, true
		}
	}
	return href, false
}

// locate finds the server of a file.
func (f *Files) locate(href string) (address, error) {
	href, _ = unspell(href)
	u, err := url.Parse(href)
	if err != nil || u.Host == "" {
		return address{}, &permanentError{errors.New("the address cannot be read")}
	}
	switch u.Scheme {
	case "gs": // public objects, by the storage's own HTTP interface
		return address{url: &url.URL{Scheme: "https", Host: "storage.googleapis.com", Path: "/" + u.Host + u.Path}}, nil
	case "s3":
		return f.bucket(u.Host, u.Path)
	}
	return address{url: u}, nil
}

// bucket finds an object of S3 by the variables of the environment that the
// AWS tools and GDAL know. A server of one's own is asked by path, or under the
// bucket's name as a host where AWS_VIRTUAL_HOSTING says so.
func (f *Files) bucket(bucket, key string) (address, error) {
	env := f.Getenv
	region := cmp.Or(env("AWS_REGION"), env("AWS_DEFAULT_REGION"), "us-east-1")
	domain := ".amazonaws.com"
	if strings.HasPrefix(region, "cn-") { // a partition of its own
		domain += ".cn"
	}
	u := &url.URL{Scheme: "https", Host: bucket + ".s3." + region + domain, Path: key}
	if strings.Contains(bucket, ".") { // no certificate covers it
		u.Host, u.Path = "s3."+region+domain, "/"+bucket+key
	}
	own := cmp.Or(env("AWS_ENDPOINT_URL_S3"), env("AWS_ENDPOINT_URL"), env("AWS_S3_ENDPOINT"))
	if own != "" {
		if !strings.Contains(own, "://") {
			scheme := "https://"
			if no(env("AWS_HTTPS")) {
				scheme = "http://"
			}
			own = scheme + own
		}
		e, err := url.Parse(own)
		if err != nil || e.Host == "" {
			return address{}, &permanentError{errors.New("AWS_ENDPOINT_URL is no URL")}
		}
		u = &url.URL{Scheme: e.Scheme, Host: e.Host, Path: strings.TrimSuffix(e.Path, "/") + "/" + bucket + key}
		if yes(env("AWS_VIRTUAL_HOSTING")) {
			u.Host, u.Path = bucket+"."+e.Host, strings.TrimSuffix(e.Path, "/")+key
		}
	}
	a := address{url: u, own: own != ""}
	o := object{bucket: bucket, key: strings.TrimPrefix(key, "/"), region: region}
	a.explain = o.explain
	id, secret, token := env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY"), env("AWS_SESSION_TOKEN")
	if yes(env("AWS_NO_SIGN_REQUEST")) || id == "" && secret == "" {
		return a, nil
	}
	if id == "" || secret == "" {
		return address{}, &permanentError{errors.New("one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is not set: set both, or AWS_NO_SIGN_REQUEST=YES for public objects")}
	}
	o.signed = true
	a.explain = o.explain
	payer := env("AWS_REQUEST_PAYER")
	a.sign = func(r *http.Request) *http.Request {
		r.Header.Set("X-Amz-Content-Sha256", emptySHA256)
		if payer != "" {
			r.Header.Set("X-Amz-Request-Payer", payer)
		}
		return signer.SignV4(*r, id, secret, token, region)
	}
	return a, nil
}

// yes and no read a switch as GDAL does.
func yes(text string) bool {
	return slices.Contains([]string{"YES", "TRUE", "ON", "1"}, strings.ToUpper(text))
}

func no(text string) bool {
	return slices.Contains([]string{"NO", "FALSE", "OFF", "0"}, strings.ToUpper(text))
}

// emptySHA256 is the digest of an empty body, which every request here has.
const emptySHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
