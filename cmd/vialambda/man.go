package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

func manVerb() verb {
	return verb{
		name:    "man",
		summary: "print the manual page",
		about: `For man(1), in the macros of man(7):

  vialambda man | man -l -
  vialambda man > ~/.local/share/man/man1/vialambda.1`,
		flags: func() *pflag.FlagSet { return helpFlag("man", new(bool)) },
		run:   runMan,
	}
}

// runMan is "vialambda man".
func runMan(ctx context.Context, t *terminal, args []string) int {
	var help bool
	f := helpFlag("man", &help)
	if err := f.Parse(args); err != nil {
		return t.fail(ctx, flagError(err))
	}
	switch {
	case help:
		fmt.Fprint(t.out, manVerb().help())
		return exitOK
	case f.NArg() > 0:
		return t.fail(ctx, usagef("there is one manual page: vialambda man"))
	}
	fmt.Fprint(t.out, manual())
	return exitOK
}

// manual is the page: what usage says, in man's sections.
func manual() string {
	var p page
	number, _, _ := strings.Cut(version(), " ")
	p.macro("TH", "VIALAMBDA", "1", "", "vialambda "+number, "User Commands")
	p.macro("SH", "NAME")
	p.text(`vialambda \- HTTP via Lambda: call functions, run them on this machine, put them behind HTTP`)
	p.macro("SH", "SYNOPSIS")
	for i, v := range verbs() {
		if i > 0 {
			p.macro("br")
		}
		p.text(bold("vialambda") + " " + synopsisMarkup(v.synopsisOf()))
	}
	p.macro("SH", "DESCRIPTION")
	p.text("vialambda turns an HTTP request into the event that API Gateway, a function URL or a load balancer would have sent, invokes the function through the Lambda Invoke API, and writes its answer as HTTP.")
	p.paragraphs("The flags of a call are curl's, as far as they have a meaning here.")
	for _, v := range verbs() {
		p.verb(v)
	}
	p.macro("SH", "EXIT STATUS")
	for _, c := range exitCodes() {
		p.item(bold(fmt.Sprint(c.code)), escape(c.meaning))
	}
	p.macro("SH", "ENVIRONMENT")
	for _, e := range environment() {
		p.item(bold(e.names), escape(e.meaning))
	}
	p.macro("SH", "SEE ALSO")
	p.text(bold("curl") + "(1), " + bold("aws") + "(1)")
	p.paragraphs("https://github.com/vialambda/vialambda")
	return p.b.String()
}

type variable struct{ names, meaning string }

// environment is what the command reads besides its flags; the AWS SDK reads more.
func environment() []variable {
	return []variable{
		{"AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN", "As the AWS CLI reads them, and with them its configuration files and the other sources of credentials."},
		{"AWS_ENDPOINT_URL_LAMBDA", "Another Invoke API, as --endpoint-url."},
		{"AWS_CA_BUNDLE", "File of the certificates to trust, PEM."},
	}
}

// verb is the section of a verb. Those of calls share their flags.
func (p *page) verb(v verb) {
	p.macro("SH", strings.ToUpper(v.name))
	summary := strings.ToUpper(v.summary[:1]) + v.summary[1:] + "."
	p.text(escape(summary))
	p.paragraphs(v.about)
	if v.name != "event" {
		v.flags().VisitAll(p.flag)
	}
	p.paragraphs(v.after)
}

// flag is the entry of a flag that --help shows.
func (p *page) flag(f *pflag.Flag) {
	if f.Hidden {
		return
	}
	name, usage := pflag.UnquoteUsage(f)
	tag := bold("--" + f.Name)
	if f.Shorthand != "" {
		tag = bold("-"+f.Shorthand) + ", " + tag
	}
	switch {
	case f.Value.Type() == "bool":
	case f.NoOptDefVal != "":
		tag += "[=" + italic(name) + "]"
	default:
		tag += " " + italic(name)
	}
	if d := defaultOf(f); d != "" {
		usage += " (default " + d + ")"
	}
	p.item(tag, escape(usage))
}

// defaultOf is the default that --help shows: none where it is the zero value.
func defaultOf(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "0", "0s", "[]", "false":
		return ""
	}
	return f.DefValue
}

// synopsisMarkup sets what is typed as it stands in bold, what stands for
// something in italics.
func synopsisMarkup(synopsis string) string {
	fields := strings.Fields(synopsis)
	for i, field := range fields {
		word := strings.Trim(field, "[].")
		marked := bold(word)
		if word == "flags" || word == strings.ToUpper(word) {
			marked = italic(word)
		}
		fields[i] = strings.Replace(field, word, marked, 1)
	}
	return strings.Join(fields, " ")
}
