package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

const ours = "github.com/miniprogram-platform/rbac"

var peers = []string{
	"github.com/casbin/casbin/v3",
	"github.com/cedar-policy/cedar-go",
	"github.com/open-policy-agent/opa",
	"github.com/openfga/openfga",
}

// versions are what this program was built with, as the linker recorded it.
func versions() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return []string{"versions unknown: built without module information"}
	}
	found := map[string]string{}
	for _, dep := range info.Deps {
		found[dep.Path] = dep.Version
	}
	lines := []string{ours + " of this repository"}
	for _, path := range peers {
		lines = append(lines, fmt.Sprintf("%s %s", path, found[path]))
	}
	return lines
}

func machine() string {
	return fmt.Sprintf("%s, %s/%s, GOMAXPROCS %d, %s", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), cpu())
}

// cpu is the processor's name where the system tells it.
func cpu() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "CPU unknown"
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return "CPU unknown"
}
