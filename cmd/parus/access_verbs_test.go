package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"parus/internal/postgis"
	"parus/internal/postgistest"
)

// verbs runs verbs in this process on a database of its own.
type verbs struct {
	db   *postgis.DB
	url  string
	home string
	conn *pgx.Conn
}

func newVerbs(t *testing.T) *verbs {
	t.Helper()
	v := &verbs{home: t.TempDir()}
	v.db, v.url = postgistest.Open(t)
	var err error
	if v.conn, err = pgx.Connect(t.Context(), v.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.conn.Close(t.Context()) })
	return v
}

// do runs a verb; one that asks for a password, which is read from the standard
// input, runs in a process of its own.
func (v *verbs) do(t *testing.T, password string, args ...string) result {
	t.Helper()
	if password == "" {
		var out, words bytes.Buffer
		code := run(t.Context(), append(args, "--database-url", v.url, "--home", v.home), &streams{Out: &out, Err: &words})
		return result{code, out.String(), words.String()}
	}
	cmd := command(t.Context(), []string{"PARUS_DATABASE_URL=" + v.url, "PARUS_HOME=" + v.home}, args...)
	var out, words bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(password+"\n"), &out, &words
	return result{exitStatus(t, cmd.Run()), out.String(), words.String()}
}

// text is one text of the database.
func (v *verbs) text(t *testing.T, sql string, args ...any) (s string) {
	t.Helper()
	if err := v.conn.QueryRow(t.Context(), sql, args...).Scan(&s); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return s
}

// step is one call of a verb.
type step struct {
	name, password string
	args           []string
	code           int
	says           string // on the standard output where it succeeds, else beside it
}

func (v *verbs) walk(t *testing.T, steps []step) {
	t.Helper()
	for _, s := range steps {
		r := v.do(t, s.password, s.args...)
		said := r.errors
		if s.code == exitOK {
			said = r.out
		}
		if r.code != s.code || !strings.Contains(said, s.says) {
			t.Fatalf("%s: parus %s ends with %d, want %d and %q; said %s%s", s.name, strings.Join(s.args, " "), r.code, s.code, s.says, r.out, r.errors)
		}
		if s.password != "" && strings.Contains(r.out+r.errors, s.password) {
			t.Errorf("%s: the password is repeated: %s%s", s.name, r.out, r.errors)
		}
	}
}

const sentence = "a sentence of nine words that nobody else knows"

func args(line string) []string { return strings.Fields(line) }

func TestAccountsFromTheCommandLine(t *testing.T) {
	t.Parallel()
	v := newVerbs(t)
	v.walk(t, []step{
		{"an administrator", sentence, args("user add boss --role admin --all-counties"), exitOK, "added boss (admin)\n"},
		{"an officer", sentence, args("user add li --role officer --county 370199"), exitOK, "added li (officer)\n"},
		{"the name again", sentence, args("user add li --role officer --county 370199"), exitFail, "parus: add account \"li\": the name is taken: choose another; `parus user list` and `parus token list` show those in use\n"},
		{"a short password", "hunter2", args("user add wu --role officer --county 370199"), exitFail, "password is too short: use at least"},
		{"an unknown role", "", args("user add wu --role chief --county 370199"), exitUsage, "role \"chief\" is unknown: use one of"},
		{"no county", "", args("user add wu --role officer"), exitUsage, "say what the account sees: --county CODE, or --all-counties"},
		{"both", "", args("user add wu --role officer --county 370199 --all-counties"), exitUsage, "say what the account sees: --county CODE, or --all-counties"},
		{"a county that is none", "", args("user add wu --role officer --county Jinan"), exitUsage, "county \"Jinan\": write the digits of its code, e.g. 370199"},
		{"a name like a formula", "", args("user add =wu --role officer --county 370199"), exitUsage, "begins with a letter or digit"},
		{"a list", "", args("user list"), exitOK, "boss  admin    all       in use  0         never\nli    officer  370199    in use  0         never\n"},
		{"another role and counties", "", args("user change li --role risk --county 3701"), exitOK, "li: risk, counties 3701, in use\n"},
		{"nothing to change", "", args("user change li"), exitUsage, "say what to change: --role, --county, --all-counties, --disable, --enable, or --issuer and --subject"},
		{"nobody", "", args("user change wang --disable"), exitFail, "parus: there is no account \"wang\": see `parus user list`\n"},
		{"a role that is none", "", args("user change li --role chief"), exitUsage, "role \"chief\" is unknown: use one of"},
		{"the last administrator", "", args("user change boss --disable"), exitFail, "somebody has to remain who manages the accounts of every county: make somebody else admin with --all-counties first\n"},
		{"a subject of a provider", "", args("user change li --issuer https://id.example --subject s-1"), exitOK, "li: risk, counties 3701, in use\n"},
		{"the same subject", "", args("user change boss --issuer https://id.example --subject s-1"), exitFail, "parus: subject \"s-1\" of https://id.example signs in as another account: give that one another subject first, or disable it\n"},
		{"a subject of nobody's", "", args("user change li --subject s-1"), exitUsage, "--issuer"},
		{"a password", sentence + " else", args("user password li"), exitOK, "li: password set; to be changed at the next sign-in\n"},
		{"a password for nobody", sentence, args("user password wang"), exitFail, "there is no account \"wang\": see `parus user list`\n"},
		{"disabled", "", args("user change li --disable"), exitOK, "li: risk, counties 3701, disabled\n"},
		{"and again in use", "", args("user change li --enable"), exitOK, "li: risk, counties 3701, in use\n"},
	})
	if got := v.text(t, `select string_agg(name || ' ' || role || ' ' || counties::text || ' ' || must_change || ' ' || coalesce(subject, '-') || ' ' || left(password_hash, 10), '; ' order by name) from account`); got !=
		`boss admin {""} false - $argon2id$; li risk {3701} true s-1 $argon2id$` {
		t.Errorf("the database holds %s", got)
	}
	who := whoami() + " (operator)"
	if got := v.text(t, `select string_agg(act || ' ' || item, '; ' order by id) from access_event where actor = $1`, who); got !=
		"add account boss; add account li; change account li; change account li; reset password li; disable account li; enable account li" {
		t.Errorf("the history of %s is %s", who, got)
	}
	if got := v.text(t, `select count(*)::text from access_event where actor <> $1`, who); got != "0" {
		t.Errorf("%s entries are somebody else's", got)
	}
}

func TestTokensAndTheAuditFromTheCommandLine(t *testing.T) {
	t.Parallel()
	v := newVerbs(t)
	made := v.do(t, "", args("token add core-bank --role officer --county 370199 --may read,applications --days 30")...)
	mustExit(t, exitOK, made)
	secret := strings.TrimSpace(made.out)
	if len(secret) < 40 || strings.Contains(made.errors, secret) || !strings.Contains(made.errors, "token 1, core-bank, until ") || !strings.Contains(made.errors, "it is shown this once") {
		t.Errorf("made: %+v", made)
	}
	v.walk(t, []step{
		{"the name again", "", args("token add core-bank --role officer --county 370199"), exitFail, "parus: add token core-bank: the name is taken: choose another; `parus user list` and `parus token list` show those in use\n"},
		{"a name that is none", "", args("token add Core_Bank --role officer --county 370199"), exitUsage, "name \"Core_Bank\": use 1 to 40 of a-z, 0-9 and -"},
		{"a person's role", "", args("token add b --role approver --county 370199"), exitUsage, "role \"approver\": a token is officer, partner, risk or auditor; approvals and accounts are for people"},
		{"what nobody may", "", args("token add b --role officer --county 370199 --may everything"), exitUsage, "operation \"everything\" is unknown: use those of"},
		{"more than a year", "", args("token add b --role officer --county 370199 --days 400"), exitUsage, "expiry: choose a time within the next year"},
		{"no county", "", args("token add b --role officer"), exitUsage, "counties: name the first digits of at least one county's code"},
		{"a list", "", args("token list"), exitOK, "1   core-bank  officer  370199    read,applications  in_force"},
		{"one that is not there", "", args("token revoke 99"), exitFail, "parus: there is no token 99: see `parus token list`\n"},
		{"revoked", "", args("token revoke 1"), exitOK, "token 1 is revoked\n"},
		{"a list afterwards", "", args("token list"), exitOK, "read,applications  revoked"},
		{"the audit", "", args("audit list --kind access"), exitOK, "revoke token  core-bank"},
		{"the audit of somebody", "", args("audit list --actor operator"), exitOK, "add token     core-bank"},
		{"a kind that is none", "", args("audit list --kind gossip"), exitUsage, "--kind must be one of"},
		{"no entries", "", args("audit list --limit 0"), exitUsage, "--limit 0: want 1 to 100000"},
		{"a day that is none", "", args("audit list --from yesterday"), exitUsage, "--from"},
	})
	sum := sha256.Sum256([]byte(secret))
	if got := v.text(t, `select encode(hash, 'hex') || ' ' || role || ' ' || counties::text || ' ' || operations::text || ' ' || (revoked_at is not null) || ' ' || extract(day from expires_at - created_at) from api_token`); got !=
		hex.EncodeToString(sum[:])+" officer {370199} {read,applications} true 30" {
		t.Errorf("the database holds %s", got)
	}
	if got := v.text(t, `select string_agg(to_jsonb(e)::text, ' ') from access_event e`); strings.Contains(got, secret) || !strings.Contains(got, whoami()) {
		t.Errorf("the history is %s", got)
	}
	r := v.do(t, "", args("audit list --limit 1")...)
	if mustExit(t, exitOK, r); strings.Count(r.out, "\n") != 2 || !strings.Contains(r.errors, "there are more; raise --limit or narrow it down") {
		t.Errorf("one entry of several: %+v", r)
	}
	if r := v.do(t, "", args("audit list --county 37 --kind application")...); r.code != exitOK || strings.Count(r.out, "\n") != 1 {
		t.Errorf("applications, of which there are none: %+v", r)
	}
	if _, err := v.conn.Exec(t.Context(), `delete from access_event`); err == nil {
		t.Error("the history can be deleted")
	}
}
