// Package supervisor keeps a process alive: it starts a child, starts another
// where it dies, waits longer each time that it dies soon, and passes on the
// order to stop. A child ends with its supervisor.
//
// It knows nothing of what the child does. What a dead child had in hand is the
// business of whoever asks to be told of the death, by the name that the child
// was given.
//
//	s := supervisor.Supervisor{Start: func(name string) *exec.Cmd { … }, Died: func(name, how string) { … }, Now: time.Now}
//	err := s.Run(ctx) // nil once ctx has ended and the child with it
package supervisor
