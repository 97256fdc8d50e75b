package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"parus/internal/publication"
	"parus/web/password"

	"golang.org/x/term"
)

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add an account that can sign in to the map."`
	List     userListCmd     `cmd:"" help:"List accounts, by name."`
	Change   userChangeCmd   `cmd:"" help:"Change an account's role or counties, disable or enable it, link it to a provider's subject."`
	Password userPasswordCmd `cmd:"" help:"Set a password that its owner has to change; unlocks the account."`
}

type userAddCmd struct {
	Name        string   `arg:"" help:"Name to sign in with; the password is asked for, or read as the first line of the standard input."`
	Role        string   `help:"officer, partner, risk, approver, auditor or admin." required:"" placeholder:"ROLE"`
	County      []string `help:"County code or the first digits of several; repeat for more." placeholder:"CODE"`
	AllCounties bool     `help:"The account sees every county."`
	platform
}

// Run reads the password from the terminal, or from the first line of the
// standard input where that is no terminal.
func (c userAddCmd) Run(ctx context.Context, s *streams) (err error) {
	role, err := publication.ParseRole(c.Role)
	if err != nil {
		return usageError{err}
	}
	if c.AllCounties == (len(c.County) > 0) {
		return usageError{errors.New("say what the account sees: --county CODE, or --all-counties")}
	}
	counties := c.County
	if c.AllCounties {
		counties = []string{""}
	}
	for _, code := range c.County {
		if strings.Trim(code, "0123456789") != "" || code == "" {
			return usageError{fmt.Errorf("county %q: write the digits of its code, e.g. 370199", code)}
		}
	}
	if err := publication.CheckAccountName(c.Name); err != nil {
		return usageError{err}
	}
	secret, err := readPassword(s.Err)
	if err != nil {
		return err
	}
	phc, err := password.Hash(secret)
	if err != nil {
		return err
	}
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	a, err := b.db.CreateAccount(ctx, operator(), publication.NewAccount{Name: c.Name, PasswordHash: phc, Role: role, Counties: counties})
	if err != nil {
		return wayOut(err)
	}
	_, err = fmt.Fprintf(s.Out, "added %s (%s)\n", a.Name, a.Role)
	return err
}

func readPassword(prompt io.Writer) (string, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
			return "", fmt.Errorf("password: %w: write it to the standard input", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	fmt.Fprintf(prompt, "Password (at least %d characters): ", password.Least)
	b, err := term.ReadPassword(in)
	fmt.Fprintln(prompt)
	if err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	return string(b), nil
}
