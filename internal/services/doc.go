// Package services starts and stops a private PostGIS cluster and a private
// Redis for `parus run`, `parus up` and tests, so that the default of one
// machine is the same thing that a cluster runs on.
//
//	s, err := services.Start(ctx, services.Config{Home: ".parus", Log: os.Stderr})
//	if err != nil {
//		return err
//	}
//	defer s.Close()
//	db, queue := s.DatabaseURL, s.RedisURL
//
// Both listen on unix sockets in a folder of their own that nobody else can
// enter, so any number of homes run side by side. The first process of a home
// owns its services and holds a file lock; a second one attaches to them. They
// end with the owner, also when it is killed (the kernel signals them as the
// thread that started them goes), and what a crash left is cleared before the
// next start. PostgreSQL refuses to run as root: root hands both to the account
// postgres or nobody, and keeps the data where that account can reach them.
//
// The package knows no schema, speaks no SQL beyond asking whether the server
// answers, upgrades no data folder between PostgreSQL versions, and keeps
// nothing of Redis: the database is the truth, the queue a hint.
//
// It needs Linux: it reads /proc and relies on the parent-death signal.
package services
