package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"sync"
	"testing"
	"time"
)

const officerPassword = "not a secret, of a test alone"

// officer looks at the map all the while. Whatever is killed, an answer is right
// or says what is away; never a blank, never a wrong one.
type officer struct {
	team     *team
	client   *http.Client
	signedIn bool
	rests    int // looks that are left out after a sign-in that failed
	stop     context.CancelFunc
	done     sync.WaitGroup
	answers  map[int]int // status → how many; 0: nobody was there
	wrong    []string
}

func newOfficer(t *testing.T, team *team) *officer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	o := &officer{team: team, client: &http.Client{Jar: jar, Timeout: time.Minute}, stop: stop, answers: map[int]int{}}
	o.done.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if o.rests > 0 {
				o.rests--
			} else if a := team.address(); a != "" {
				o.look(ctx, a)
			}
		}
	})
	return o
}

// look signs in, once, and asks for the publications.
func (o *officer) look(ctx context.Context, address string) {
	method, path, body := http.MethodGet, "/v1/publications", ""
	if !o.signedIn {
		method, path, body = http.MethodPost, "/v1/session", fmt.Sprintf(`{"name":"officer","password":%q}`, officerPassword)
	}
	r, err := http.NewRequestWithContext(ctx, method, address+path, bytes.NewReader([]byte(body)))
	if err != nil {
		o.wrong = append(o.wrong, err.Error())
		return
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := o.client.Do(r)
	if err != nil {
		o.answers[0]++
		return
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		o.answers[0]++
		return
	}
	o.answers[answer.StatusCode]++
	if !o.signedIn {
		o.rests = 20
	}
	switch {
	case answer.StatusCode == http.StatusOK:
		o.signedIn = true
	case answer.StatusCode == http.StatusTooManyRequests && !o.signedIn: // the first tries met no database
	case answer.StatusCode == http.StatusServiceUnavailable && bytes.Contains(text, []byte(`"code":"away"`)) && answer.Header.Get("Retry-After") != "":
	default:
		o.wrong = append(o.wrong, fmt.Sprintf("%s %s: %s %s", method, path, answer.Status, text))
	}
}

// end tells the officer to go.
func (o *officer) end(t *testing.T, disturbed bool) {
	t.Helper()
	o.stop()
	o.done.Wait()
	if o.answers[http.StatusOK] == 0 && !disturbed {
		t.Error("the officer was never answered")
	}
	for _, w := range o.wrong {
		t.Error(w)
	}
	t.Logf("answers to the officer: %v", o.answers)
}
