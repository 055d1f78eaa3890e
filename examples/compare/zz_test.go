package main
import ("testing";"time")
func TestZZ(t *testing.T) {
	for _, n := range []int{1000, 2000, 4000} {
		l, err := measureLoad(maker{fgaName, newOpenFGA, true}, n, 1)
		t.Log(n, l, err)
	}
	s := time.Now()
	u, err := newUniverse(listSize); if err != nil { t.Fatal(err) }
	t.Log("list universe", time.Since(s)); s = time.Now()
	e, err := build(maker{fgaName, newOpenFGA, true}, u)
	t.Log("list fga", time.Since(s), err); s = time.Now()
	_ = e
	u, err = newUniverse(grownSize); if err != nil { t.Fatal(err) }
	t.Log("grown universe", time.Since(s)); s = time.Now()
	mix, err := newMix(u, 2048)
	t.Log("grown mix", time.Since(s)); s = time.Now()
	for _, m := range makers() {
		if m.name == fgaName || m.name == fgaCachedName { continue }
		s = time.Now()
		e, err := build(m, u)
		if err != nil { t.Fatal(err) }
		b := time.Since(s); s = time.Now()
		if err := agree(e, mix[:64]); err != nil { t.Fatal(err) }
		t.Log(m.name, "build", b, "64 checks", time.Since(s))
	}
}
