// Package escaped executes templates that html/template has escaped, without html/template.
//
// A program in WebAssembly that imports html/template is 0.7 MB larger, compressed: the package finds
// methods by their names, so the linker keeps every method of every type. So Compile lets
// html/template escape templates beforehand, and Source writes them as Go. In the browser, a Set
// executes them.
//
// Only a part of the language is known: no methods, no assignments, no break, and values
// that come from outside in texts and quoted attributes alone. Compile refuses the rest, but
// for addresses: the table of roles has links, which the playground never shows. Execute
// refuses these.
//
// The tests compare Execute with html/template: both write the same bytes.
package escaped
