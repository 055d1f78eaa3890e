// Package yaml proves that what the library reads and writes in JSON it also reads and writes in
// YAML, through each of the common modules: as strictly, and never as another value.
package yaml
