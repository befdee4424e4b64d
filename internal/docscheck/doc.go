// Package docscheck has nothing but tests: that what the documents show
// compiles, that where they point to exists, that the files to deploy with fit the
// command, and that every known trap of systems like this one has a test that
// names it.
package docscheck
