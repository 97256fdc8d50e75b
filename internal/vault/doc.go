// Package vault seals personal data. Each person has a data key, which a key
// of the county wraps (AES-256-GCM both times, bound to the row they belong
// to); people are found by keyed hashes of what is asked for (HMAC-SHA256);
// what is done with them is chained into an audit by a key as well. The
// county's keys lie in a file that the database never sees.
//
// It reads and writes that file and nothing else. It keeps no data, logs
// nothing, and its errors never repeat what was sealed.
//
//	ring, err := vault.Load("/etc/parus/keys.json")
//	county, err := ring.County("370199")
//	key, wrapped, err := county.NewKey(subject)
//	sealed, err := key.Seal(vault.Place{County: "370199", Release: 3}, secret)
package vault
