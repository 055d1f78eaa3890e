package main

import (
	"fmt"
	"io"
	"net/http"
)

// tour is what to try, in this order, and what comes of it.
var tour = []struct {
	token, method, path string
	status              int
	why                 string
}{
	{"alice", "POST", "/miniprograms/mp-42/release", http.StatusNoContent, "it is assigned to her"},
	{"alice", "POST", "/miniprograms/mp-43/release", http.StatusForbidden, "it is not"},
	{"alice", "GET", "/miniprograms", http.StatusOK, "and so it is not in her list"},
	{"ann", "GET", "/miniprograms/mp-42", http.StatusOK, "the wallet's admin sees its merchants' programs"},
	{"ann", "DELETE", "/miniprograms/mp-42", http.StatusForbidden, "and changes none of them"},
	{"bob", "GET", "/miniprograms/mp-42", http.StatusNotFound, "it is another merchant's"},
	{"bob", "GET", "/miniprograms/no-such", http.StatusNotFound, "the very same answer"},
	{"gil", "GET", "/miniprograms/mp-7", http.StatusForbidden, "he is blocked"},
	{"", "GET", "/miniprograms", http.StatusUnauthorized, "nobody is signed in"},
	{"", "GET", "/healthz", http.StatusOK, "public"},
}

func printTour(out io.Writer, base string) {
	fmt.Fprintf(out, "Serving %s; to try in another terminal:\n\n", base)
	for _, stop := range tour {
		command := "curl -i"
		if stop.method != http.MethodGet {
			command += " -X " + stop.method
		}
		if stop.token != "" {
			command += fmt.Sprintf(" -H 'Authorization: Bearer %s'", stop.token)
		}
		fmt.Fprintf(out, "  # %d: %s\n  %s %s%s\n", stop.status, stop.why, command, base, stop.path)
	}
	fmt.Fprintln(out, "\nInterrupt to stop; the log of decisions follows.")
}
