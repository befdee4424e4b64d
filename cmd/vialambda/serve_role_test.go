package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vialambda/vialambda/locallambda"
)

const roleARN = "arn:aws:iam::210987654321:role/call-reports"

// standInSTS is as much of the Security Token Service as AssumeRole needs
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
type standInSTS struct {
	externalID, session string // what is to be asked for; "": none, vialambda

	mu      sync.Mutex
	assumed int
	refuse  bool
	first   time.Duration // how long the first credentials are valid; the others are for an hour
	wrong   []string
}

func (s *standInSTS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = r.ParseForm()
	if r.Form.Get("Action") != "AssumeRole" || r.Form.Get("RoleArn") != roleARN || r.Form.Get("RoleSessionName") != cmp.Or(s.session, "vialambda") ||
		r.Form.Get("ExternalId") != s.externalID || r.Form.Has("ExternalId") != (s.externalID != "") {
		s.wrong = append(s.wrong, r.Form.Encode())
	}
	if !regexp.MustCompile(`Credential=` + key.AccessKeyID + `/\d+/us-west-2/sts/aws4_request`).MatchString(r.Header.Get("Authorization")) {
		s.wrong = append(s.wrong, r.Header.Get("Authorization"))
	}
	w.Header().Set("Content-Type", "text/xml")
	if s.refuse {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code>`+
			`<Message>User: arn:aws:iam::123456789012:user/shop is not authorized to perform: sts:AssumeRole on resource: `+roleARN+`</Message></Error><RequestId>r</RequestId></ErrorResponse>`)
		return
	}
	s.assumed++
	valid := time.Hour
	if s.assumed == 1 && s.first > 0 {
		valid = s.first
	}
	fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>`+
		`<AccessKeyId>ASIA%[1]d</AccessKeyId><SecretAccessKey>secret%[1]d</SecretAccessKey><SessionToken>token%[1]d</SessionToken><Expiration>%[2]s</Expiration>`+
		`</Credentials><AssumedRoleUser><Arn>arn:aws:sts::210987654321:assumed-role/call-reports/vialambda</Arn><AssumedRoleId>AROA:vialambda</AssumedRoleId></AssumedRoleUser>`+
		`</AssumeRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>`,
		s.assumed, time.Now().Add(valid).UTC().Format(time.RFC3339Nano))
}

// signers is an Invoke API that has a Lambda for each access key, which verifies
// its signature and its region, and remembers who has called.
type signers struct {
	mu     sync.Mutex
	called []string // by access key and region: "ASIA1 us-west-2"
}

var scopePattern = regexp.MustCompile(`Credential=([^/]+)/\d+/([^/]+)/lambda/aws4_request`)

func (s *signers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m := scopePattern.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	credentials := key
	if n, ok := strings.CutPrefix(m[1], "ASIA"); ok {
		credentials = locallambda.Credentials{AccessKeyID: m[1], SecretAccessKey: "secret" + n, SessionToken: "token" + n}
	}
	s.mu.Lock()
	if r.Header.Get("X-Amz-Invocation-Type") != "DryRun" {
		s.called = append(s.called, m[1]+" "+m[2])
	}
	s.mu.Unlock()
	(&locallambda.Server{Functions: locallambda.Functions{"f": says("ok")}, Credentials: credentials, Region: m[2]}).ServeHTTP(w, r)
}

func (s *signers) who() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Compact(slices.Clone(s.called))
}

// TestAssumedRole: a target's role is assumed with the gateway's own credentials,
// its calls are signed with what STS gave, for the target's region, and anew when
// that has expired; other targets go on with the gateway's own.
func TestAssumedRole(t *testing.T) {
	tokens := &standInSTS{first: 2 * time.Second}
	sts := httptest.NewServer(tokens)
	defer sts.Close()
	lambda := new(signers)
	api := httptest.NewServer(lambda)
	defer api.Close()
	p := startGateway(t, "vialambda", "endpoint_url: "+api.URL+"\ntargets:\n  reports: {function: f, role: \""+roleARN+"\", region: us-west-2}\n  own: {function: f}\nby_name: [reports, own]\n",
		"AWS_ENDPOINT_URL_STS="+sts.URL, "AWS_ENDPOINT_URL_LAMBDA=http://127.0.0.1:1")
	call := func(target string) {
		t.Helper()
		if status, body := fetchText(t, p.url+"/"+target+"/"); status != 200 || body != "ok" {
			t.Fatalf("%s: %d %s\n%s", target, status, body, &p.log)
		}
	}
	call("own")
	await(t, func() bool { call("reports"); return slices.Contains(lambda.who(), "ASIA2 us-west-2") }, func() string {
		return fmt.Sprintf("the expired credentials are not replaced: %q", lambda.who())
	})
	call("reports")
	call("own")
	if got, want := lambda.who(), []string{"AKIDEXAMPLE us-east-1", "ASIA1 us-west-2", "ASIA2 us-west-2", "AKIDEXAMPLE us-east-1"}; !slices.Equal(got, want) {
		t.Errorf("calls were signed by %q, want %q", got, want)
	}
	tokens.mu.Lock()
	defer tokens.mu.Unlock()
	if tokens.assumed != 2 || len(tokens.wrong) > 0 {
		t.Errorf("%d times assumed; wrong were %q", tokens.assumed, tokens.wrong)
	}
}

// TestExternalID: STS is told the external id and the session's name that stand
// with the role, in the file or in flags; a target with a role of its own does not
// take the external id of the file's.
func TestExternalID(t *testing.T) {
	lambda := new(signers)
	api := httptest.NewServer(lambda)
	defer api.Close()
	for _, tt := range []struct {
		name, config string
		flags        []string
		tokens       *standInSTS
	}{
		{name: "of the target", config: "targets: {f: {role: \"" + roleARN + "\", external_id: \"12345\", session_name: shop}}",
			tokens: &standInSTS{externalID: "12345", session: "shop"}},
		{name: "of the file", config: "role: " + roleARN + "\nexternal_id: customer:a/7\nsession_name: ${SESSION}\ntargets: {f: {}}",
			tokens: &standInSTS{externalID: "customer:a/7", session: "from-env"}},
		{name: "of flags", config: "targets: {f: {}}", flags: []string{"--role", roleARN, "--external-id", "12345", "--session-name", "shop"},
			tokens: &standInSTS{externalID: "12345", session: "shop"}},
		{name: "of another role", config: "role: " + roleARN + "-2\nexternal_id: \"12345\"\nsession_name: shop\ntargets: {f: {role: \"" + roleARN + "\"}}",
			tokens: &standInSTS{session: "shop"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sts := httptest.NewServer(tt.tokens)
			defer sts.Close()
			p := startGatewayWith(t, "vialambda", "region: us-west-2\nendpoint_url: "+api.URL+"\n"+tt.config+"\nby_name: [f]\n", tt.flags,
				"AWS_ENDPOINT_URL_STS="+sts.URL, "SESSION=from-env")
			if status, body := fetchText(t, p.url+"/f/"); status != 200 || body != "ok" {
				t.Errorf("%d %s\n%s", status, body, &p.log)
			}
			tt.tokens.mu.Lock()
			defer tt.tokens.mu.Unlock()
			if tt.tokens.assumed != 1 || len(tt.tokens.wrong) > 0 {
				t.Errorf("%d times assumed; wrong were %q", tt.tokens.assumed, tt.tokens.wrong)
			}
		})
	}
}

// TestProfileThatAssumesARole: endpoint_url is not where a profile's role is
// assumed.
func TestProfileThatAssumesARole(t *testing.T) {
	tokens := new(standInSTS)
	sts := httptest.NewServer(tokens)
	defer sts.Close()
	lambda := new(signers)
	api := httptest.NewServer(lambda)
	defer api.Close()
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte("[profile reports]\nrole_arn = "+roleARN+"\nrole_session_name = vialambda\ncredential_source = Environment\nregion = us-west-2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startGateway(t, "vialambda", "endpoint_url: "+api.URL+"\ntargets:\n  f: {profile: reports, region: us-west-2}\nby_name: [f]\n",
		"AWS_ENDPOINT_URL_STS="+sts.URL, "AWS_CONFIG_FILE="+file)
	if status, body := fetchText(t, p.url+"/f/"); status != 200 || body != "ok" {
		t.Errorf("%d %s\n%s", status, body, &p.log)
	}
	if got := lambda.who(); !slices.Equal(got, []string{"ASIA1 us-west-2"}) {
		t.Errorf("the call was signed by %q", got)
	}
	if len(tokens.wrong) > 0 {
		t.Errorf("wrong: %q", tokens.wrong)
	}
}

// TestCredentialsThatFail: the client sees a 502 that gives nothing away, the log
// names the source and what can be done, and the gateway is not ready.
func TestCredentialsThatFail(t *testing.T) {
	refusing := httptest.NewServer(&standInSTS{refuse: true})
	defer refusing.Close()
	expired := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Amzn-Errortype", "ExpiredTokenException")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"message":"The security token included in the request is expired"}`)
	}))
	defer expired.Close()
	for _, tt := range []struct {
		name, role string
		others     string // further targets
		env        []string
		log        []string // of the request's line
		ready      int
	}{
		{
			name: "STS refuses one of two roles", role: roleARN, others: ", own: {}", env: []string{"AWS_ENDPOINT_URL_STS=" + refusing.URL},
			log: []string{`status=502`, `NoCredentials`, `from an assumed role: AccessDenied`}, ready: 200,
		},
		{
			name: "STS refuses", role: roleARN, env: []string{"AWS_ENDPOINT_URL_STS=" + refusing.URL},
			log: []string{`status=502`, `NoCredentials`, `from an assumed role: AccessDenied`, `sts:AssumeRole`}, ready: 503,
		},
		{
			name: "missing", env: []string{"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="},
			log: []string{`status=502`, `NoCredentials`, `AWS_ACCESS_KEY_ID`, `instance metadata: turned off`, `set AWS_PROFILE`}, ready: 503,
		},
		{
			name: "expired", env: []string{"AWS_SESSION_TOKEN=old"},
			log: []string{`status=502`, `ExpiredTokenException`, `credentials=EnvConfigCredentials`, `hint=`}, ready: 200,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := "endpoint_url: " + expired.URL + "\ntargets: {f: {region: us-west-2"
			if tt.role != "" {
				config += ", role: \"" + tt.role + "\""
			}
			p := startGateway(t, "vialambda", config+"}"+tt.others+"}\nby_name: [f]\n", tt.env...)
			p.log.await(t, `level=WARN msg="a target cannot be called" target=f`)
			status, body := fetchText(t, p.url+"/f/")
			if status != 502 || regexp.MustCompile(`(?i)arn:|credential|token|\d{12}|sts`).MatchString(body) {
				t.Errorf("the client gets %d %s", status, body)
			}
			p.log.await(t, `msg=request `)
			line := regexp.MustCompile(`(?m)^.*msg=request .*$`).FindString(p.log.String())
			for _, want := range tt.log {
				if !strings.Contains(line, want) {
					t.Errorf("the log does not say %s: %s", want, line)
				}
			}
			if status, body := fetchText(t, strings.TrimSuffix(p.metrics, "metrics")+"readyz"); status != tt.ready {
				t.Errorf("/readyz: %d %s", status, body)
			}
		})
	}
}

// TestNoSuchFunction: a warning and a metric at the start, 502 at the call, and a
// line in the log that says so.
func TestNoSuchFunction(t *testing.T) {
	api := invokeAPI(t, locallambda.Functions{"f": says("ok")})
	p := startGateway(t, "vialambda", "endpoint_url: "+api+"\ntargets: {f: {}, gone: {}}\nby_name: [f, gone]\n")
	p.log.await(t, `level=WARN msg="a target cannot be called" target=gone error=".*ResourceNotFoundException.*gone`)
	await(t, func() bool { return p.value(t, "vialambda_target_available", `target="f"`) == 1 }, func() string { return "f is not available" })
	if got := p.value(t, "vialambda_target_available", `target="gone"`); got != 0 {
		t.Errorf("vialambda_target_available is %v", got)
	}
	if status, body := fetchText(t, p.url+"/gone/x"); status != 502 || strings.Contains(body, "gone") || strings.Contains(body, "arn") {
		t.Errorf("the client gets %d %s", status, body)
	}
	p.log.await(t, `level=WARN msg=request .*status=502 .*target=gone .*error=".*ResourceNotFoundException`)
	if status, _ := fetchText(t, p.url+"/f/x"); status != 200 {
		t.Errorf("another function: %d", status)
	}
	if status, _ := fetchText(t, strings.TrimSuffix(p.metrics, "metrics")+"readyz"); status != 200 {
		t.Errorf("/readyz: %d", status)
	}
}
