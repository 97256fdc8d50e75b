package architecture

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// Names lists packages whose name says nothing about their subject.
func Names(pkgs []Package) []string {
	empty := regexp.MustCompile(`^(utils?|commons?|helpers?|types?|models?|service|base|misc|lib|libs|core|shared|tools?)$`)
	var breaches []string
	for _, p := range pkgs {
		if empty.MatchString(path.Base(p.Path)) || empty.MatchString(p.Name) {
			breaches = append(breaches, fmt.Sprintf("%s (package %s): a package is named after what it is about", p.Path, p.Name))
		}
	}
	return breaches
}

// Docs lists packages without a package comment that starts as Go asks.
func Docs(pkgs []Package) []string {
	var breaches []string
	for _, p := range pkgs {
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command " + path.Base(p.Path) + " "
		}
		if !strings.HasPrefix(strings.ReplaceAll(p.Doc, "\n", " "), want) {
			breaches = append(breaches, fmt.Sprintf("%s: no package comment that starts with %q", p.Path, want))
		}
	}
	return breaches
}

// TopLevel lists the tracked files whose folder or name at the top of the
// repository nobody planned.
func TopLevel(files []string) []string {
	folders := regexp.MustCompile(`^(\.ci|cmd|credit|docs|fields|fixtures|imagery|internal|web|workers|yield)/`)
	names := regexp.MustCompile(`^(\.gitattributes|\.gitignore|\.golangci\.yml|CHANGELOG\.md|LICENSE|Makefile|NOTICE|README(\.zh-CN)?\.md|go\.mod|go\.sum)$`)
	var breaches []string
	for _, f := range files {
		if !folders.MatchString(f) && !names.MatchString(f) {
			breaches = append(breaches, fmt.Sprintf("%s: no place for it at the top of the repository", f))
		}
	}
	return breaches
}

// Traces lists what text says of one machine or network: a person's folders,
// or the registry that packages were fetched from.
func Traces(file, text string) []string {
	traces := []*regexp.Regexp{
		regexp.MustCompile(`(^|[\s"'` + "`" + `=(:\[])/(root|work|home/[a-z_][\w-]*|Users/\w+)/`),
		regexp.MustCompile(`\b(registry|proxy|mirrors?|npm|goproxy|artifactory|nexus)\.[a-z0-9-]+\.[a-z]{2,}\b`),
		regexp.MustCompile(`"resolved":\s*"https?:`),
		regexp.MustCompile(`(?m)^\s*(registry|GOPROXY)\s*=\s*\S*[a-z]+://`),
	}
	var breaches []string
	for n, line := range strings.Split(text, "\n") {
		for _, t := range traces {
			if found := t.FindString(line); found != "" {
				breaches = append(breaches, fmt.Sprintf("%s:%d: %q is of one machine or network", file, n+1, strings.TrimSpace(found)))
			}
		}
	}
	return breaches
}
