// Rbac checks, shows and compares the policies of a mini program platform, and asks them
// who may do what. Run "rbac help" for the commands.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
)

// The exit codes.
const (
	yes      = 0 // yes, equal, passed
	no       = 1 // no, different, failed
	unusable = 2 // wrong usage, or something cannot be read
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // a pipe that closes is an error like any other
	debug.SetGCPercent(200)        // a run is short, and its files are bounded
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, isTerminal(os.Stdout)))
}

// isTerminal reports whether a person reads the output on a screen that shows colours.
func isTerminal(out *os.File) bool {
	info, err := out.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// command is one word after rbac. Its function writes what it has to say and returns the
// exit code. With an error nothing is written but the error.
type command struct {
	name    string
	usage   string // what follows the name
	about   string // one sentence
	help    string // what the sentence does not say
	example string
	run     func(c *call) (int, error)
}

// call is a command that runs.
type call struct {
	*command
	arguments []string
	flags     *flag.FlagSet
	out       bytes.Buffer // written at the end, and only if there is no error
	colour    bool
}

func commands() []*command {
	return []*command{
		validateCommand, formatCommand, matrixCommand,
		canCommand, explainCommand, actionsCommand, whoCommand, permissionsCommand,
		diffCommand, testCommand, generateCommand,
	}
}

func run(args []string, stdout, stderr io.Writer, colour bool) int {
	c := &call{colour: colour}
	code, err := c.dispatch(args)
	if err == nil {
		_, err = stdout.Write(c.out.Bytes())
	}
	if err == nil {
		return code
	}
	name := "rbac"
	if c.command != nil {
		name += " " + c.name
	}
	fmt.Fprintf(stderr, "%s: %s\n", name, oneLine(err))
	return unusable
}

// oneLine returns the text of an error on one line.
func oneLine(err error) string {
	var path *os.PathError
	if errors.As(err, &path) && path.Path == os.Stdout.Name() {
		err = fmt.Errorf("cannot write the output: %w", path.Err)
	}
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	return strings.Join(lines, "; ")
}

func (c *call) dispatch(args []string) (int, error) {
	if len(args) == 0 {
		return unusable, errors.New(`give a command; "rbac help" shows them`)
	}
	if args[0] == "help" || isHelp(args[0]) {
		return c.showHelp(args[1:])
	}
	all := commands()
	i := slices.IndexFunc(all, func(known *command) bool { return known.name == args[0] })
	if i < 0 {
		return unusable, fmt.Errorf(`unknown command %q; "rbac help" shows them`, args[0])
	}
	c.command = all[i]
	if slices.ContainsFunc(args[1:], isHelp) {
		return c.showHelp(args[:1])
	}
	c.arguments = args[1:]
	c.flags = flag.NewFlagSet(c.name, flag.ContinueOnError)
	c.flags.SetOutput(io.Discard)
	return c.command.run(c)
}

func isHelp(arg string) bool { return arg == "-h" || arg == "-help" || arg == "--help" }

// parse reads the flags that the command has defined. It needs a number of arguments
// from least to most; a negative most is any number.
func (c *call) parse(least, most int) ([]string, error) {
	if err := c.flags.Parse(c.arguments); err != nil {
		return nil, c.misused("%s", err)
	}
	args := c.flags.Args()
	for _, arg := range args {
		if slices.Contains(c.arguments, "--") {
			break
		}
		if len(arg) > 1 && arg[0] == '-' {
			return nil, c.misused("%s comes too late; flags come before anything else", arg)
		}
	}
	if len(args) < least || most >= 0 && len(args) > most {
		return nil, c.misused("it needs %s", c.usage)
	}
	return args, nil
}

// misused is an error of usage.
func (c *call) misused(format string, args ...any) error {
	return fmt.Errorf(`%s; see "rbac help %s"`, fmt.Sprintf(format, args...), c.name)
}

// oneOf checks the value of a flag.
func (c *call) oneOf(name, value string, known ...string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return c.misused("-%s %q is unknown, use one of %s", name, value, strings.Join(known, ", "))
}

func (c *call) printf(format string, args ...any) { fmt.Fprintf(&c.out, format, args...) }
