// Package upkeep has no code of its own. Its tests compare the pages of this
// repository, and the recorded API, with the library.
package upkeep
