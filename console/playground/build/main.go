// Build makes the static files of the playground. Any web server can offer them.
//
//	cd console && go run ./playground/build -o DIR
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// program is the package that runs in the browser.
const program = "github.com/miniprogram-platform/rbac/console/playground"

//go:embed index.html
var page string

//go:embed playground.js
var script string

func main() {
	log.SetFlags(0)
	directory := flag.String("o", "", "the `directory` for the files; it is created where it is missing")
	flag.Parse()
	if *directory == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := build(*directory, os.Stdout); err != nil {
		log.Fatal("build: ", err)
	}
}

// build writes the files, and prints what they take to load.
func build(directory string, out io.Writer) error {
	files, err := contents()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	total := 0
	for _, file := range files {
		if err := os.WriteFile(filepath.Join(directory, file.name), file.content, 0o644); err != nil {
			return err
		}
		total += len(file.content)
		fmt.Fprintf(out, "%9d bytes  %s\n", len(file.content), file.name)
	}
	fmt.Fprintf(out, "%9d bytes  in all, from a server that compresses nothing\n", total)
	return nil
}

type file struct {
	name    string
	content []byte
}

func contents() ([]file, error) {
	wasm, err := compile()
	if err != nil {
		return nil, err
	}
	// The page unpacks this file itself: many servers compress no WebAssembly. With another
	// ending, a server might say that the browser has to unpack it.
	if wasm, err = compress(wasm); err != nil {
		return nil, err
	}
	runtime, err := runtimeScript()
	if err != nil {
		return nil, err
	}
	files := []file{
		{"icon.svg", []byte(view.Icon())},
		{"playground.wasm.gzip", wasm},
		{"script.js", append(runtime, script...)},
		{"style.css", []byte(view.Style())},
	}
	return append(files, file{"index.html", []byte(strings.ReplaceAll(page, "{version}", version(files)))}), nil
}

// version changes when one of the files does. It is in the addresses of all, so that a
// browser never uses files of two builds.
func version(files []file) string {
	sum := sha256.New()
	for _, file := range files {
		fmt.Fprintf(sum, "%d ", len(file.content))
		sum.Write(file.content)
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}

// compile returns the program. Without symbols and inlined functions it is a third smaller.
func compile() ([]byte, error) {
	directory, err := os.MkdirTemp("", "playground-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(directory)
	name := filepath.Join(directory, "playground.wasm")
	command := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-gcflags=all=-l", "-o", name, program)
	command.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("go build: %w", err)
	}
	return os.ReadFile(name)
}

// runtimeScript returns the script that comes with Go and runs its programs in a browser.
func runtimeScript() ([]byte, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	return os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
}

func compress(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
