package main

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// cost is what one operation costs: the time in the fastest of several rounds, because whatever else the machine does
// only adds to it, and the median of what is allocated.
type cost struct {
	ns, bytes, allocs float64
	ops               int // in each round
}

// task is something to measure. run does n operations, the same ones whenever n is the same. A round that is longer
// than one sweep consists of whole sweeps.
type task struct {
	run   func(n int) error
	sweep int
}

// plan says how long to measure.
type plan struct {
	rounds, few   int           // at most, and at least
	least, enough time.Duration // of each round, and of all rounds but the few
	fewest        int           // operations of each round, however long they take
}

// course is how far the measurement of a task has come.
type course struct {
	task
	ops    int
	took   time.Duration
	rounds []cost
}

// costs measures the tasks in turns, so that what disturbs the machine for a while disturbs all of them.
func (p plan) costs(tasks []task) ([]cost, error) {
	var all []*course
	for _, t := range tasks {
		c, err := p.start(t)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	// No task pays for the garbage of another.
	runtime.GC()
	for range p.rounds {
		for _, c := range all {
			if len(c.rounds) >= p.rounds || len(c.rounds) >= p.few && c.took >= p.enough {
				continue
			}
			if err := c.round(); err != nil {
				return nil, err
			}
			if c.litters() {
				runtime.GC()
			}
		}
	}
	var costs []cost
	for _, c := range all {
		costs = append(costs, summary(c.rounds))
	}
	return costs, nil
}

// start finds how many operations make a round. A calibration that took as long as a round counts as one.
func (p plan) start(t task) (*course, error) {
	last, err := p.calibrate(t)
	c := &course{task: t, ops: max(p.fewest, int(float64(p.least)/max(last.ns, 0.1)))}
	if c.ops > t.sweep {
		c.ops += t.sweep - 1
		c.ops -= c.ops % t.sweep
	}
	if err == nil && c.ops == last.ops {
		c.keep(last)
	}
	return c, err
}

// calibrate warms the task up with more operations each time, until they take long enough to tell how many make a
// round. It returns the cost of the last.
func (p plan) calibrate(t task) (cost, error) {
	for n := p.fewest; ; n *= 4 {
		c, err := once(t, n)
		if err != nil || time.Duration(c.ns*float64(n)) >= p.least/2 {
			return c, err
		}
	}
}

// round measures once more. It first runs a part of the round, to bring back into the caches what other tasks
// displaced.
func (c *course) round() error {
	if err := c.run(c.ops / 4); err != nil {
		return err
	}
	measured, err := once(c.task, c.ops)
	c.keep(measured)
	return err
}

// litters reports whether a round leaves enough garbage to collect.
func (c *course) litters() bool {
	last := c.rounds[len(c.rounds)-1]
	return last.bytes*float64(last.ops) >= 1<<20
}

func (c *course) keep(measured cost) {
	c.rounds = append(c.rounds, measured)
	c.took += time.Duration(measured.ns * float64(measured.ops))
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

func summary(rounds []cost) cost {
	return cost{
		ns:     slices.MinFunc(rounds, func(a, b cost) int { return cmp.Compare(a.ns, b.ns) }).ns,
		bytes:  median(rounds, func(c cost) float64 { return c.bytes }),
		allocs: median(rounds, func(c cost) float64 { return c.allocs }),
		ops:    rounds[0].ops,
	}
}

func median(of []cost, value func(cost) float64) float64 {
	values := make([]float64, len(of))
	for i, c := range of {
		values[i] = value(c)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// sweeping makes a task of a sweep over the requests. It counts the answers, and a wrong count is an error, so that
// no answer can be left out.
func sweeping(name string, ask sweep, mix []request) task {
	allowed := allowedOfFirst(mix)
	return task{func(n int) error {
		for n > 0 {
			part := min(n, len(mix))
			got, err := ask(0, part)
			if err != nil {
				return err
			}
			if got != allowed[part] {
				return fmt.Errorf("%s: allowed %d of %d while measured, want %d", name, got, part, allowed[part])
			}
			n -= part
		}
		return nil
	}, len(mix)}
}

// allowedOfFirst says for every n how many of the first n requests are allowed.
func allowedOfFirst(mix []request) []int {
	allowed := make([]int, len(mix)+1)
	for i, q := range mix {
		allowed[i+1] = allowed[i]
		if q.Allowed {
			allowed[i+1]++
		}
	}
	return allowed
}
