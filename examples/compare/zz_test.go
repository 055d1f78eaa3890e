package main
import ("testing";"time")
func TestZZ(t *testing.T) {
	u := smallUniverse(t)
	mix, _ := newMix(u, 4096)
	var es []engine
	for _, m := range []maker{{"a",newCan,false},{"b",newBound,false},{"h",func(u *universe) (engine, error) { return newHandwritten(u), nil },false},{"f",newFloor,false},{"f2",newFloor2,false}} {
		e := opened(t, m, u)
		if err := agree(e, mix); err != nil { t.Fatal(err) }
		es = append(es, e)
	}
	for range 3 {
	cs, err := measureChecks(plan{rounds: 21, least: 5*time.Millisecond, fewest: 4096, longest: 10*time.Millisecond}, es, mix)
	if err != nil { t.Fatal(err) }
	for _, c := range cs { t.Logf("%s %.1f %.1f %.1f", c.name, c.allowed.ns, c.denied.ns, c.mixed.ns) }
	}
}
