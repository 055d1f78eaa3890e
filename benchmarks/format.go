package main

import (
	"fmt"
	"strconv"
)

func duration(ns float64) string {
	switch {
	case ns < 1_000:
		return fmt.Sprintf("%.1f ns", ns)
	case ns < 1_000_000:
		return fmt.Sprintf("%.1f µs", ns/1_000)
	case ns < 1_000_000_000:
		return fmt.Sprintf("%.1f ms", ns/1_000_000)
	default:
		return fmt.Sprintf("%.1f s", ns/1_000_000_000)
	}
}

func nanoseconds(ns float64) string {
	if ns < 100 {
		return fmt.Sprintf("%.1f", ns)
	}
	return grouped(int(ns + 0.5))
}

func ratio(r float64) string {
	if r < 10 {
		return fmt.Sprintf("%.2f", r)
	}
	return grouped(int(r + 0.5))
}

// number rounds what is almost nothing, as the odd allocation of the runtime, to zero.
func number(n float64) string {
	if n < 0.05 {
		return "0"
	}
	return ratio(n)
}

// grouped writes a comma before every three digits from the right.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func size64(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	default:
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
	}
}
