// Package remote reads what lies on servers: documents of catalogues, and files
// by ranges. Every rule about networks is here, and the rest of imagery opens
// no connection.
//
// It trusts no server. Answers are bounded in size and time, failures that may
// pass are tried again a bounded number of times, and Retry-After is honoured.
// No redirect leads to another host or port, no name leads to this machine, and
// plain HTTP is spoken with this machine alone. A file is read only where the
// server keeps to ranges, and only one version of it: where its ETag, date or
// size changes meanwhile, reading fails. Credentials for S3 come from the
// environment and appear in no error. It knows no formats.
//
//	data, err := remote.NewDocuments(remote.Client{}, catalogue).Get(ctx, catalogue)
//	files := remote.NewFiles(remote.Config{Getenv: os.Getenv})
//	s := files.Begin(3 * time.Minute)
//	defer s.End()
//	n, err := s.ReadAt("https://data.example/B04.tif", buf, 1<<20)
package remote
