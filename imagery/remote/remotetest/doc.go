// Package remotetest runs an S3-compatible server for tests: versitygw, a
// process of its own that keeps objects as files, checks signatures, keys, dates
// and policies, and answers as S3 does. It is started where its program is:
// PARUS_S3_SERVER names it, or `make s3` has put it into .tools. It
// installs nothing, and does not stand in for AWS: there are no regions and no
// sessions.
//
//	s := remotetest.Start(t)
//	s.Bucket(t, "scenes")
//	s.Put(t, "scenes", "2025/B04.tif", data)
//	files := remote.NewFiles(remote.Config{Getenv: s.Getenv})
package remotetest
