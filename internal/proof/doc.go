// Package proof proves the library.
package proof
