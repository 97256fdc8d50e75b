// Package servicetest gives tests a real PostGIS database and a real Redis of
// their own.
//
//	func TestMain(m *testing.M) { servicetest.Main(m) }
//
//	func TestStore(t *testing.T) {
//		url := servicetest.Database(t) // empty but for PostGIS, gone after the test
//		queue := servicetest.Redis(t)
//
// One private cluster and one Redis serve a test binary. They start at the
// first use and hold nothing across runs (fsync is off). Where
// PARUS_DATABASE_URL or PARUS_REDIS_URL is set, that server is used instead: a
// fresh database per test there, and an unused numbered database of Redis.
//
// It never skips: a machine without the programs fails the test and says which
// package is missing. It speaks SQL only to make and drop databases, through
// psql.
package servicetest
