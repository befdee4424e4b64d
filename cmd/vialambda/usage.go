package main

import (
	"strings"

	"github.com/spf13/pflag"
)

// flagUsages lists flags, without the values that a switch may be given.
func flagUsages(f *pflag.FlagSet) string {
	const values = "[=true|false]"
	return strings.ReplaceAll(f.FlagUsagesWrapped(100), values, strings.Repeat(" ", len(values)))
}

func usage() string {
	var o options
	return `Usage:
  vialambda [call] [flags] URL     call a Lambda function
  vialambda event [flags] URL      print the event, send nothing
  vialambda local [flags]          run functions on this machine (vialambda local --help)
  vialambda serve [flags]          put functions behind HTTP (vialambda serve --help)

The URL is http+lambda://[qualifier.]function/path?query; http+lambda:// may be left out.

  vialambda --local http+lambda://flaskexp-test/health
  vialambda --local --json '{"a":1}' httpbin/anything
  vialambda -v http+lambda://prod.orders/items?limit=10

Flags:
` + flagUsages(o.flagSet()) + `
Exit codes: 0 a response, 1 failed, 2 a mistake to correct, 22 --fail and a status of 400 or more,
28 --max-time passed, 130 interrupted.
`
}
