package decoder_test

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"parus/imagery"
	"parus/imagery/observe"
	"parus/internal/decoder"
)

// childMark turns this test binary into a child of a pool.
const childMark = "PARUS_TEST_DECODES"

func TestMain(m *testing.M) {
	if os.Getenv(childMark) == "" {
		os.Exit(m.Run())
	}
	err := decoder.Serve(context.Background(), os.NewFile(decoder.JobsFD, "jobs"), os.NewFile(decoder.AnswersFD, "answers"),
		func(tell decoder.Tell) decoder.Reader { return saboteur{tell} })
	if err != nil {
		os.Exit(1)
	}
}

// saboteur reads files that do not exist: their address says what happens to
// who reads them.
type saboteur struct{ tell decoder.Tell }

func (saboteur) Close() error { return nil }

func (saboteur) ForMap() {}

func (s saboteur) Probe(_ context.Context, scene imagery.Scene) (imagery.Scene, error) {
	for _, b := range scene.Bands {
		if err := s.suffer(b); err != nil {
			return scene, err
		}
	}
	scene.Notes = append(scene.Notes, "looked at")
	return scene, nil
}

func (s saboteur) CRS(_ context.Context, href string) (string, error) {
	return "EPSG:32650", s.suffer(imagery.Band{Name: "first", Href: href})
}

func (s saboteur) Read(_ context.Context, b imagery.Band, _ imagery.Grid, _ imagery.Window, dst []int32) error {
	for i := range dst {
		dst[i] = 4
	}
	return s.suffer(b)
}

var hoard [][]byte

func (s saboteur) suffer(b imagery.Band) error {
	s.tell("reading " + b.Name + " in " + b.Href)
	what, _, _ := strings.Cut(b.Href, "/")
	switch what {
	case "segfault", "abort", "kill", "trap":
		sig := map[string]syscall.Signal{"segfault": syscall.SIGSEGV, "abort": syscall.SIGABRT, "kill": syscall.SIGKILL, "trap": syscall.SIGFPE}[what]
		signal.Reset(sig)
		if err := syscall.Kill(syscall.Getpid(), sig); err != nil {
			return err
		}
		select {}
	case "panic":
		panic("the table of contents is in disorder")
	case "hang":
		select {}
	case "hoard":
		for {
			block := make([]byte, 4<<20)
			for i := 0; i < len(block); i += 4096 {
				block[i] = 1
			}
			hoard = append(hoard, block)
		}
	case "gulp":
		hoard = append(hoard, make([]byte, 1<<40))
	case "garble":
		_, err := os.NewFile(decoder.AnswersFD, "answers").Write([]byte("r\xff\xff\xff\xff no frame"))
		return err
	case "chatter":
		s.tell(strings.Repeat("la", 1<<20))
	case "error":
		return errors.New("B04: not a picture")
	case "nothing":
		return observe.ErrNoOverlap
	}
	return nil
}
