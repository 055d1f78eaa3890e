package main

import "fmt"

// A growth compares a check in the small universe with one in the grown universe.
type growth struct {
	name         string
	small, large cost
}

// sampled is how many requests those engines are checked on that take milliseconds for
// each in the grown universe.
const sampled = 256

// measureGrowth builds the engines for both universes, checks that they agree in the
// grown one too, and measures the mixes in turns.
func measureGrowth(p plan, small, grown *universe, smallMix, grownMix []request) ([]growth, error) {
	var all []growth
	var tasks []task
	for _, m := range makers() {
		if m.name == fgaCachedName {
			continue
		}
		progress("growth: %s", m.name)
		for _, in := range []struct {
			u   *universe
			mix []request
		}{{small, smallMix}, {grown, grownMix}} {
			e, err := build(m, in.u)
			if err != nil {
				return nil, fmt.Errorf("growth: %w", err)
			}
			defer e.close()
			t, err := grownTask(e, in.mix)
			if err != nil {
				return nil, fmt.Errorf("growth: %w", err)
			}
			tasks = append(tasks, t)
		}
		all = append(all, growth{name: m.name})
	}
	costs, err := p.costs(tasks)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].small, all[i].large = costs[2*i], costs[2*i+1]
	}
	return all, nil
}

func grownTask(e engine, mix []request) (task, error) {
	sample := mix
	if e.name() == fgaName || e.name() == casbinName {
		sample = mix[:min(sampled, len(mix))]
	}
	if err := agree(e, sample); err != nil {
		return task{}, err
	}
	ask, err := e.prepare(mix)
	if err != nil {
		return task{}, fmt.Errorf("%s: prepare: %w", e.name(), err)
	}
	return sweeping(e.name(), ask, len(mix), len(only(mix, true))), nil
}

func buildAll(u *universe) ([]engine, error) {
	var engines []engine
	for _, m := range makers() {
		e, err := build(m, u)
		if err != nil {
			return nil, fmt.Errorf("%s: build: %w", m.name, err)
		}
		engines = append(engines, e)
	}
	return engines, nil
}

func closeAll(engines []engine) {
	for _, e := range engines {
		// Nothing is kept after the run; there is nobody to tell.
		_ = e.close()
	}
}
