package main

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"time"

	"parus/imagery/gdal"
	"parus/internal/decoder"
)

// decodeVerb is what a child of the pool is called with; it is no verb for
// people.
const decodeVerb = "decode-pixels"

// decodeCmd does the jobs of a parent that reads no pixels itself.
type decodeCmd struct {
	Jobs int `arg:"" help:"How many at once."`
}

// What a child keeps of imagery: decoded tiles, for each unit at work and for
// the border to the next row of blocks, and GDAL's own blocks in passing.
const (
	tilesPerJob  = 192 << 20
	tilesBetween = 192 << 20
	gdalBlocks   = 64 << 20
)

func tileBytes(jobs int) int64 { return int64(jobs)*tilesPerJob + tilesBetween }

// Run serves until the parent closes the pipe.
func (c decodeCmd) Run(ctx context.Context) error {
	jobs, answers := os.NewFile(decoder.JobsFD, "jobs"), os.NewFile(decoder.AnswersFD, "answers")
	defer jobs.Close()
	defer answers.Close()
	return decoder.Serve(ctx, jobs, answers, pixelsFor(c.Jobs))
}

// pixelsFor opens readers that tell what they read. They share decoded tiles,
// but no file that is open, since GDAL shares no dataset between threads.
func pixelsFor(jobs int) func(decoder.Tell) decoder.Reader {
	gdal.LimitCache(gdalBlocks)
	cache := gdal.NewCache(tileBytes(jobs))
	return func(tell decoder.Tell) decoder.Reader {
		r := cache.Reader()
		r.Tell = tell
		return r
	}
}

// decoding says how pictures are decoded: in processes of their own.
type decoding struct {
	Memory  int64         `name:"memory" env:"PARUS_MEMORY_MB" placeholder:"MB" help:"Memory that reading pictures may take, all at once; default: half of what is free."`
	Timeout time.Duration `name:"decoder-timeout" env:"PARUS_DECODER_TIMEOUT" default:"5m" help:"Time after which a decoder that gives no answer is ended."`
}

// ownProgram is this very program, even where its file has been replaced since.
const ownProgram = "/proc/self/exe"

// start makes a pool of this program's own children, for so many jobs at once; 0
// for as many as there are processors.
func (d decoding) start(jobs int) *decoder.Pool {
	if jobs <= 0 {
		jobs = runtime.NumCPU()
	}
	return decoder.Start(decoder.Config{
		Program: ownProgram, Args: []string{decodeVerb, strconv.Itoa(jobs)}, Jobs: jobs,
		Deadline: d.Timeout, MemoryBytes: d.Memory << 20, KeepBytes: tileBytes(jobs) + gdalBlocks,
	})
}
