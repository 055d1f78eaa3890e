package main

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The colours of a terminal.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
)

// paint colours a text if a person looks at it.
func (c *call) paint(colour, text string) string {
	if !c.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// printJSON writes a value as indented JSON, without the escapes that HTML needs.
func (c *call) printJSON(value any) error {
	encoder := json.NewEncoder(&c.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// printTable writes rows with aligned columns.
func (c *call) printTable(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line bytes.Buffer
		for i, cell := range row {
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
			}
		}
		c.printf("%s\n", strings.TrimRight(line.String(), " "))
	}
}

// printMarkdown writes rows as a table in Markdown. The first row is its head.
func (c *call) printMarkdown(rows [][]string) {
	for i, row := range rows {
		c.printf("%s", markdownRow(row))
		if i == 0 {
			c.printf("|%s\n", strings.Repeat("---|", len(row)))
		}
	}
}

func markdownRow(cells []string) string {
	var line strings.Builder
	line.WriteString("|")
	for _, cell := range cells {
		line.WriteString(" " + markdown(cell) + " |")
	}
	line.WriteString("\n")
	return line.String()
}

var markdownEscapes = strings.NewReplacer(
	`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "~", `\~`, "$", `\$`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;", "@", "&#64;", "#", `\#`, "\n", " ",
)

var insideWord = regexp.MustCompile(`([a-z0-9])\\_`)

// markdown escapes what Markdown or HTML would take for more than text. An underscore
// inside a word is only that.
func markdown(text string) string {
	return insideWord.ReplaceAllString(markdownEscapes.Replace(text), "${1}_")
}

// annotation writes a message that GitHub shows beside a line. Without a file it is shown
// with the run.
func (c *call) annotation(level, file string, line, column int, title, message string) {
	var properties []string
	add := func(key, value string) {
		properties = append(properties, key+"="+escapeProperty(value))
	}
	if file != "" {
		add("file", file)
	}
	if line > 0 {
		add("line", strconv.Itoa(line))
		add("col", strconv.Itoa(column))
	}
	if title != "" {
		add("title", title)
	}
	start := "::" + level
	if len(properties) > 0 {
		start += " " + strings.Join(properties, ",")
	}
	c.printf("%s::%s\n", start, escapeData(message))
}

// escapeData keeps a text from ending a workflow command and starting another, and from
// changing what a terminal or a log shows.
func escapeData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(visible(text))
}

// visible writes what does not print, except ends of lines, as Go does: \x1b for an escape.
func visible(text string) string {
	var shown strings.Builder
	for _, r := range text {
		if strconv.IsPrint(r) || r == '\r' || r == '\n' {
			shown.WriteRune(r)
		} else {
			shown.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return shown.String()
}

func escapeProperty(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(escapeData(text))
}
