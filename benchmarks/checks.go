package main

import "fmt"

// checkCosts are what one check costs in an engine.
type checkCosts struct {
	name                   string
	allowed, denied, mixed cost
}

// measureChecks measures every engine on the same requests.
func measureChecks(p plan, engines []engine, mix []request) ([]checkCosts, error) {
	var tasks []task
	sets := [][]request{only(mix, true), only(mix, false), mix}
	for _, e := range engines {
		for _, set := range sets {
			ask, err := e.prepare(set)
			if err != nil {
				return nil, fmt.Errorf("%s: prepare: %w", e.name(), err)
			}
			tasks = append(tasks, sweeping(e.name(), ask, set))
		}
	}
	costs, err := p.costs(tasks)
	if err != nil {
		return nil, err
	}
	var all []checkCosts
	for i, e := range engines {
		all = append(all, checkCosts{e.name(), costs[3*i], costs[3*i+1], costs[3*i+2]})
	}
	return all, nil
}

// mixed are the costs of the mix by the engine's name.
func mixed(all []checkCosts) map[string]float64 {
	ns := map[string]float64{}
	for _, c := range all {
		ns[c.name] = c.mixed.ns
	}
	return ns
}
