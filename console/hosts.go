package main

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// hosts is a set of names and addresses by which browsers may reach the console.
//
// A page of another site can let its own name resolve to this machine (DNS rebinding). The
// browser then takes the console for a part of that site, and the page may read it and send
// its forms. The request still has the site's name as its host, so such requests are refused.
type hosts map[string]bool

// add adds the value of the flag -host.
func (h hosts) add(host string) error {
	_, err := netip.ParseAddr(host)
	if err != nil && (host == "" || strings.ContainsAny(host, ":/[]")) {
		return fmt.Errorf("%q is no name of a host; leave out the scheme and the port", host)
	}
	h[strings.ToLower(host)] = true
	return nil
}

// only serves requests for these hosts and for this machine. If it listens on more than this
// machine and no host was added, it serves all: nobody has said what the machine is called.
func (h hosts) only(listening net.Addr, next http.Handler) (http.Handler, error) {
	address, err := netip.ParseAddrPort(listening.String())
	if err != nil {
		return nil, err
	}
	if !address.Addr().IsLoopback() && len(h) == 0 {
		return next, nil
	}
	allowed := hosts{"localhost": true, "127.0.0.1": true, "::1": true, address.Addr().String(): true}
	for host := range h {
		allowed[host] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := url.URL{Host: r.Host}
		if allowed[strings.ToLower(host.Hostname())] {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		http.Error(w, "The console does not serve this host. Open it by the address that it printed when it started, "+
			"or start it with -host and the name.", http.StatusMisdirectedRequest)
	}), nil
}
