package main

import (
	"fmt"

	"github.com/miniprogram-platform/rbac"
)

// A growth compares a check in the small universe with one in the grown universe.
type growth struct {
	name              string
	small, large      cost
	members, requests int // of the grown universe, that the engine was told of and asked
}

// A sample is what part of the grown universe an engine is held to.
type sample struct{ members, requests int }

// sampleOf spares engines that take milliseconds for a check there. OpenFGA's memory
// store compares each tuple with all it has when it writes, so it hears of fewer
// members: a smaller store, which is in its favour, with the check cache and without.
func sampleOf(name string, s settings) sample {
	whole := sample{s.grown.members, s.grownMix}
	switch name {
	case casbinName:
		return sample{whole.members, min(256, whole.requests)}
	case fgaName, fgaCachedName:
		return sample{min(2_000, whole.members), min(64, whole.requests)}
	}
	return whole
}

// measureGrowth builds the engines for both universes, checks that they agree in the
// grown one too, and measures the mixes in turns.
func measureGrowth(s settings, small, grown *universe, smallMix, grownMix []request) ([]growth, error) {
	var all []growth
	var tasks []task
	for _, m := range makers() {
		progress("growth: %s", m.name)
		part := sampleOf(m.name, s)
		told := grown.withMembers(grown.members[:part.members])
		asked := about(told.members, grownMix, part.requests)
		before, err := builtTask(m, small, smallMix[:len(asked)])
		if err != nil {
			return nil, err
		}
		after, err := builtTask(m, told, asked)
		if err != nil {
			return nil, err
		}
		defer before.close()
		defer after.close()
		tasks = append(tasks, before.task, after.task)
		all = append(all, growth{name: m.name, members: len(told.members), requests: len(asked)})
	}
	costs, err := s.growth.costs(tasks)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].small, all[i].large = costs[2*i], costs[2*i+1]
	}
	return all, nil
}

// about are the first n requests of the mix, at most, that the members make.
func about(members []rbac.Member, mix []request, n int) []request {
	known := map[string]bool{}
	for i := range members {
		known[members[i].ID] = true
	}
	var asked []request
	for _, q := range mix {
		if known[q.member.ID] && len(asked) < n {
			asked = append(asked, q)
		}
	}
	return asked
}

// An enginedTask is a task and the engine to close after it.
type enginedTask struct {
	task
	engine
}

func builtTask(m maker, u *universe, mix []request) (enginedTask, error) {
	e, err := build(m, u)
	if err != nil {
		return enginedTask{}, fmt.Errorf("growth: %w", err)
	}
	if err := agree(e, mix); err != nil {
		return enginedTask{}, fmt.Errorf("growth: %w", err)
	}
	ask, err := e.prepare(mix)
	if err != nil {
		return enginedTask{}, fmt.Errorf("growth: %s: prepare: %w", e.name(), err)
	}
	return enginedTask{sweeping(e.name(), ask, mix), e}, nil
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
