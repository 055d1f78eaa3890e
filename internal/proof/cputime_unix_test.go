//go:build unix

package proof

import (
	"syscall"
	"time"
)

// cpuTime is what this process has used of all processors. Other work on the machine does not add to it.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
