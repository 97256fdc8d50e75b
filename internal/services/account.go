package services

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// errExitZero stands for a process that ended without a complaint although
// it should have gone on.
var errExitZero = errors.New("exit status 0")

// account is the user that the services run as.
type account struct {
	name     string
	uid, gid uint32
	dropped  bool // it is another user than this process
}

// serviceAccount picks the user. PostgreSQL refuses root, and initdb a user
// that the passwd database does not know.
func serviceAccount() (account, error) {
	if uid := os.Getuid(); uid != 0 {
		u, err := user.LookupId(strconv.Itoa(uid))
		if err != nil {
			return account{}, fmt.Errorf("user %d has no entry in /etc/passwd, which PostgreSQL's initdb needs: add one, run as root, or set PARUS_DATABASE_URL: %w", uid, err)
		}
		return account{name: u.Username, uid: uint32(uid), gid: uint32(os.Getgid())}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errU := strconv.ParseUint(u.Uid, 10, 32)
		gid, errG := strconv.ParseUint(u.Gid, 10, 32)
		if errU == nil && errG == nil && uid != 0 {
			return account{name: name, uid: uint32(uid), gid: uint32(gid), dropped: true}, nil
		}
	}
	return account{}, errors.New("PostgreSQL refuses to run as root and neither of the users postgres and nobody exists: add one, run as an ordinary user, or set PARUS_DATABASE_URL")
}

// credential is what a child process changes to; nil keeps the user.
func (a account) credential() *syscall.Credential {
	if !a.dropped {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// own makes a folder, or takes an existing one, that belongs to the account
// and that no other ordinary user can enter. A link or a folder of somebody
// else is refused: others may write where the fallbacks lie.
func (a account) own(dir string) error {
	made := os.Mkdir(dir, 0o700)
	if made != nil && !errors.Is(made, os.ErrExist) {
		return made
	}
	if made == nil && a.dropped {
		if err := os.Chown(dir, int(a.uid), int(a.gid)); err != nil {
			return errors.Join(err, os.Remove(dir))
		}
	}
	fi, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !fi.IsDir() || !ok || st.Uid != a.uid {
		return fmt.Errorf("%s does not belong to %s", dir, a.name)
	}
	return os.Chmod(dir, 0o700)
}

// canEnter tries for real, as the account, whether it can reach dir and write
// in it: permissions, access lists and mounts all have a say.
func (a account) canEnter(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", `cd -- "$1" && [ -w . ]`, "sh", dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: a.credential()}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s can't be entered by %s", dir, a.name)
	}
	return nil
}

// RunsAs is the name of the user that private services run as, or an error
// where this process can't start any.
func RunsAs() (string, error) {
	who, err := serviceAccount()
	return who.name, err
}
