package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// A cost is what one operation takes: the median of several rounds.
type cost struct {
	ns, bytes, allocs float64
	ops               int // in each round
}

// A task is something to measure: run does n operations.
type task struct {
	run func(n int) error
}

// A plan says how long to measure.
type plan struct {
	rounds  int
	least   time.Duration // of each round
	fewest  int           // operations of each round, however long they take
	longest time.Duration // after which a round of a slow task has enough operations
}

// costs measures the tasks in turns, so that what disturbs the machine for a while
// disturbs all of them, and no task profits from the garbage of another.
func (p plan) costs(tasks []task) ([]cost, error) {
	ops := make([]int, len(tasks))
	for i, t := range tasks {
		n, err := p.calibrate(t)
		if err != nil {
			return nil, err
		}
		ops[i] = n
	}
	rounds := make([][]cost, len(tasks))
	for range p.rounds {
		for i, t := range tasks {
			// The garbage of the others is not this task's to collect.
			runtime.GC()
			c, err := once(t, ops[i])
			if err != nil {
				return nil, err
			}
			rounds[i] = append(rounds[i], c)
		}
	}
	return medians(rounds), nil
}

// calibrate finds how many operations make a round, and warms the task up meanwhile.
func (p plan) calibrate(t task) (int, error) {
	n := 1
	for {
		c, err := once(t, n)
		if err != nil {
			return 0, err
		}
		took := time.Duration(c.ns * float64(n))
		if took >= p.least/4 || n >= p.fewest && took >= p.longest {
			return max(p.fewest, int(float64(p.least)/max(c.ns, 0.1))), nil
		}
		n *= 4
	}
}

// once measures n operations.
func once(t task, n int) (cost, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	err := t.run(n)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	each := float64(n)
	return cost{
		ns:     float64(took.Nanoseconds()) / each,
		bytes:  float64(after.TotalAlloc-before.TotalAlloc) / each,
		allocs: float64(after.Mallocs-before.Mallocs) / each,
		ops:    n,
	}, err
}

func medians(rounds [][]cost) []cost {
	all := make([]cost, len(rounds))
	for i, of := range rounds {
		all[i] = cost{
			ns:     median(of, func(c cost) float64 { return c.ns }),
			bytes:  median(of, func(c cost) float64 { return c.bytes }),
			allocs: median(of, func(c cost) float64 { return c.allocs }),
			ops:    of[0].ops,
		}
	}
	return all
}

func median(of []cost, value func(cost) float64) float64 {
	values := make([]float64, len(of))
	for i, c := range of {
		values[i] = value(c)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// sweeping makes a task of a sweep over size requests; every answer is counted, so
// that none can be left out, and a wrong count is an error.
func sweeping(name string, ask sweep, size, allowed int) task {
	return task{func(n int) error {
		for ; n >= size; n -= size {
			got, err := ask(0, size)
			if err != nil {
				return err
			}
			if got != allowed {
				return fmt.Errorf("%s: allowed %d of %d while measured, want %d", name, got, size, allowed)
			}
		}
		_, err := ask(0, n)
		return err
	}}
}
