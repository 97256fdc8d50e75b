package remote

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"
)

// object is one of S3, for words about it.
type object struct {
	bucket, key, region string
	signed              bool
}

// refusal is what is read of the body of an answer that refuses: S3's error
// responses, API reference. The rest may repeat keys and signatures.
type refusal struct {
	Code       string
	Region     string
	ServerTime string
}

const maxRefusal = 64 << 10

var regionName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// explain says what a refusal means and what to do. Failures that may pass keep
// their wait.
func (o object) explain(resp *http.Response, err error) error {
	var r refusal
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusal)) // as far as it comes
	_ = xml.Unmarshal(body, &r)                                  // no code where it is none
	if at := resp.Header.Get("X-Amz-Bucket-Region"); r.Region == "" {
		r.Region = at
	}
	words := o.words(r, resp)
	switch {
	case r.Code == "RequestTimeout":
		return &statusError{resp.Status + " (RequestTimeout)", 0}
	case words == "" || resp.StatusCode >= http.StatusInternalServerError || resp.StatusCode == http.StatusTooManyRequests:
		return err
	}
	return &permanentError{fmt.Errorf("the server answers %s: %s", resp.Status, words)}
}

// words is what a refusal means, "" where that is not known.
func (o object) words(r refusal, resp *http.Response) string {
	if regionName.MatchString(r.Region) && r.Region != o.region {
		return fmt.Sprintf("bucket %.63q is in another region: set AWS_REGION=%s", o.bucket, r.Region)
	}
	switch r.Code {
	case "NoSuchBucket":
		return fmt.Sprintf("there is no bucket %.63q: look at the item's address, and whether AWS_ENDPOINT_URL and AWS_REGION name its storage", o.bucket)
	case "NoSuchKey":
		return fmt.Sprintf("bucket %.63q has no object %.200q: look at the item's address, or leave the scene out", o.bucket, o.key)
	case "InvalidAccessKeyId", "XAdminUserNotFound": // the latter is versitygw's
		return "the storage does not know AWS_ACCESS_KEY_ID: set a key of the storage that AWS_ENDPOINT_URL or AWS_REGION names"
	case "SignatureDoesNotMatch":
		return "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID: set both anew"
	case "ExpiredToken", "InvalidToken", "TokenRefreshRequired":
		return "AWS_SESSION_TOKEN has expired or is none: get credentials anew"
	case "RequestTimeTooSkewed", "RequestExpired":
		return "this machine's clock is " + skew(resp.Header, time.Now()) + ": set it, by NTP"
	case "InvalidObjectState":
		return fmt.Sprintf("object %.200q is archived: have the storage bring it back first", o.key)
	}
	switch {
	case resp.StatusCode == http.StatusForbidden && !o.signed:
		return fmt.Sprintf("bucket %.63q is not public: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", o.bucket)
	case resp.StatusCode == http.StatusForbidden:
		return fmt.Sprintf("the key of AWS_ACCESS_KEY_ID may not read bucket %.63q: have it allowed s3:GetObject, or give other credentials", o.bucket)
	}
	return ""
}

// skew says how far a clock is from the server's, by the answer's date.
func skew(h http.Header, now time.Time) string {
	then, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return "far from the storage's"
	}
	off, side := now.Sub(then).Round(time.Second), "ahead of"
	if off < 0 {
		off, side = -off, "behind"
	}
	return fmt.Sprintf("%s %s the storage's", off, side)
}
