// Package web is the server that officers use: the API with its OpenAPI
// document, vector tiles, sign-in, and the embedded page of web/ui.
//
// It knows no SQL, no queue and no pixels: what it needs of a database is the
// interface [Store]. Every read names the scope of the account that asks, so a
// store can refuse what that account may not see.
//
//	handler, err := web.New(web.Config{}, store)
//	if err != nil { … }
//	listener, err := net.Listen("tcp", "127.0.0.1:8080")
//	if err != nil { … }
//	err = web.Serve(ctx, listener, handler, web.Patience{})
package web
