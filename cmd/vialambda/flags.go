package main

import (
	"errors"
	"io"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/vialambda/vialambda"
)

// options are the flags of call and event.
type options struct {
	requestOptions
	outputOptions
	targetOptions
	connectOptions

	maxTime float64
	help    bool
	version bool
}

type requestOptions struct {
	method  string
	headers []string
	data    []dataFlag // in the order given
	forms   []string
	get     bool
	head    bool
	user    string
	agent   string
	cookie  string
}

type outputOptions struct {
	include, silent, showError, verbose, fail, location bool
	noBuffer, log, timing                               bool
	output                                              string
}

type targetOptions struct {
	format, qualifier, tenant, clientContext string
	stream, async, dryRun                    bool
}

type connectOptions struct {
	region, profile, endpoint string
	local                     string // "" not local, else samplesSet or a file
}

// samplesSet is --local without a file: the functions of package samples.
const samplesSet = "samples"

func (o *options) flagSet() *pflag.FlagSet {
	f := pflag.NewFlagSet("vialambda", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.SortFlags = false

	f.StringVarP(&o.method, "request", "X", "", "`METHOD` of the request")
	f.StringArrayVarP(&o.headers, "header", "H", nil, "a `'Name: value'` header; 'Name:' removes one; repeatable")
	f.VarP(dataValue{&o.data, dataPlain}, "data", "d", "`DATA` or @FILE of a form; sends a POST; repeatable")
	f.Var(dataValue{&o.data, dataBinary}, "data-binary", "`DATA` or @FILE, byte for byte")
	f.Var(dataValue{&o.data, dataRaw}, "data-raw", "`DATA`, where @ is nothing special")
	f.Var(dataValue{&o.data, dataURLEncode}, "data-urlencode", "`DATA`: content, =content, name=content, @FILE or name@FILE, encoded")
	f.Var(dataValue{&o.data, dataJSON}, "json", "`JSON` or @FILE; sets Content-Type and Accept")
	f.StringArrayVarP(&o.forms, "form", "F", nil, "a `name=value`, name=@FILE or name=<FILE part of a multipart form; repeatable")
	f.BoolVarP(&o.get, "get", "G", false, "put the data into the query of a GET")
	f.BoolVarP(&o.head, "head", "I", false, "send a HEAD, show the headers")
	f.StringVarP(&o.user, "user", "u", "", "`USER:PASSWORD` for basic auth")
	f.StringVarP(&o.agent, "user-agent", "A", "", "`NAME` of the user agent")
	f.StringVarP(&o.cookie, "cookie", "b", "", "`DATA` of the Cookie header")

	f.BoolVarP(&o.include, "include", "i", false, "show the response's headers too")
	f.StringVarP(&o.output, "output", "o", "", "write the body to `FILE`")
	f.BoolVarP(&o.silent, "silent", "s", false, "no progress, no errors")
	f.BoolVarP(&o.showError, "show-error", "S", false, "with --silent: errors all the same")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show the exchange, the event and the raw answer")
	f.BoolVarP(&o.fail, "fail", "f", false, "exit with 22 and without output if the status is 400 or more")
	f.BoolVarP(&o.location, "location", "L", false, "follow redirects")
	f.BoolVarP(&o.noBuffer, "no-buffer", "N", false, "write the body as it arrives; streams (mode auto)")
	f.Float64Var(&o.maxTime, "max-time", 0, "give up after `SECONDS`")

	f.StringVar(&o.format, "format", "", "`FORMAT` of the event: rest-api (default), http-api, function-url, alb, alb-multi-value or raw")
	f.StringVar(&o.qualifier, "qualifier", "", "version, alias or $LATEST: `QUALIFIER`, instead of in the URL")
	f.BoolVar(&o.stream, "stream", false, "call InvokeWithResponseStream")
	f.BoolVar(&o.async, "async", false, "queue the request (Event) and do not wait")
	f.BoolVar(&o.dryRun, "dry-run", false, "check permission and parameters, run nothing")
	f.StringVar(&o.tenant, "tenant", "", "`TENANT` of a function with tenant isolation")
	f.StringVar(&o.clientContext, "client-context", "", "`JSON` for the function's client context")
	f.BoolVar(&o.log, "log", false, "show the end of the function's log on stderr")
	f.BoolVar(&o.timing, "timing", false, "show how long each phase took on stderr")

	f.StringVar(&o.region, "region", "", "AWS `REGION`; default as the AWS CLI has it")
	f.StringVar(&o.profile, "profile", "", "`PROFILE` of the AWS configuration")
	f.StringVar(&o.endpoint, "endpoint-url", "", "`URL` of another Invoke API, such as vialambda local")
	f.StringVar(&o.local, "local", "", "run against a Lambda inside this command: sample functions, or those of `FILE`")
	f.Lookup("local").NoOptDefVal = samplesSet
	offer(f, "format", formatNames()...)

	f.BoolVarP(&o.version, "version", "V", false, "show the version")
	f.BoolVarP(&o.help, "help", "h", false, "show this")
	f.BoolP("insecure", "k", false, "")
	_ = f.MarkHidden("insecure")
	return f
}

// parse reads the command line of call and event. The result is the URL.
func (o *options) parse(args []string) (string, error) {
	f := o.flagSet()
	if err := f.Parse(args); err != nil {
		return "", flagError(err)
	}
	switch {
	case o.help || o.version:
		return "", nil
	case f.Changed("insecure"):
		return "", usagef("certificates are always verified: set AWS_CA_BUNDLE to the certificates to trust")
	case f.NArg() == 0:
		return "", usagef("no URL: write vialambda http+lambda://function/path, or see vialambda --help")
	case f.NArg() > 1:
		return "", usagef("one URL at a time: %s", strings.Join(f.Args(), " "))
	case o.stream && o.async:
		return "", usagef("--stream and --async exclude each other")
	case o.maxTime < 0:
		return "", usagef("--max-time %v is negative", o.maxTime)
	}
	return f.Arg(0), nil
}

func flagError(err error) error {
	text := err.Error()
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok && e.GetSpecifiedName() != "" {
		text = "unknown flag " + dashed(e.GetSpecifiedName())
	}
	return usagef("%s: see vialambda --help", text)
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// timeout is --max-time; 0 means none.
func (o *options) timeout() time.Duration {
	return time.Duration(o.maxTime * float64(time.Second))
}

// target is what the flags say of the target.
func (o *options) target() (vialambda.Target, error) {
	t := vialambda.Target{
		Qualifier: o.qualifier,
		Async:     o.async,
		DryRun:    o.dryRun,
		LogTail:   o.log,
		TenantID:  o.tenant,
	}
	if o.format != "" {
		format, err := vialambda.ParseFormat(o.format)
		if err != nil {
			return t, usagef("--format: %v", err)
		}
		t.Format = format
	}
	switch {
	case o.stream:
		t.Mode = vialambda.Stream
	case o.noBuffer:
		t.Mode = vialambda.Auto
	}
	if o.clientContext != "" {
		if !validJSON(o.clientContext) {
			return t, usagef("--client-context is not JSON")
		}
		t.ClientContext = []byte(o.clientContext)
	}
	return t, nil
}
