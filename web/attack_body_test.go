package web_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/jackc/pgx/v5"
)

// withText is a JSON object with one of its texts, or lists of texts, replaced.
func withText(body, name, text string) string {
	var m map[string]any
	if json.Unmarshal([]byte(body), &m) != nil {
		m = map[string]any{}
	}
	if _, list := m[name].([]any); list {
		m[name] = []any{text}
	} else {
		m[name] = text
	}
	b, _ := json.Marshal(m) // texts and numbers always marshal
	return string(b)
}

func connectTo(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
