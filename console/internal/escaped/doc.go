// Package escaped executes templates that html/template has escaped, without html/template.
//
// A program in WebAssembly that imports html/template is 0.7 MB larger: the package finds
// methods by their names, so the linker keeps every method of every type. Here, Source runs
// where the program is built. It lets html/template escape a set of templates and returns
// their text. In the browser, Parse reads that text, and Execute knows the part of the
// language that the console's templates use: no methods, no assignments, no templates that
// are called by a variable name. Parse refuses everything else.
//
// The tests hold Execute to html/template: both write the same bytes.
package escaped
