package caddyvialambda

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vialambda/vialambda/locallambda"
)

// TestCredentialsAreProvisionedOncePerConfiguration: however many transports call
// with a role, it is assumed once, and again after a reload.
func TestCredentialsAreProvisionedOncePerConfiguration(t *testing.T) {
	var assumed atomic.Int64
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assumed.Add(1)
		if err := r.ParseForm(); err != nil || r.Form.Get("Action") != "AssumeRole" || r.Form.Get("RoleArn") != "arn:aws:iam::123456789012:role/caller" ||
			r.Form.Get("ExternalId") != "12345" || r.Form.Get("RoleSessionName") != "edge" {
			t.Errorf("STS is asked for %v", r.Form)
		}
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>AKIDEXAMPLE</AccessKeyId><SecretAccessKey>wJalrXUtnFEMI</SecretAccessKey><SessionToken>assumed</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	defer sts.Close()
	t.Setenv("AWS_ENDPOINT_URL_STS", sts.URL)
	ok := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {}))
	l := startLambda(t, locallambda.Functions{"a": ok, "b": ok, "c": ok}, "assumed")
	global := "lambda {\nregion eu-west-1\nrole arn:aws:iam::123456789012:role/caller\nexternal_id 12345\nsession_name edge\nendpoint_url " + l.URL + "\n}"
	sites := ""
	for _, name := range []string{"a", "b", "c"} {
		sites += "handle /" + name + " {\nreverse_proxy " + name + " {\ntransport lambda {\nformat http-api\n}\n}\n}\n"
	}
	p, caddyfile := startCaddy(t, global, sites)
	for round := range int64(2) {
		for _, path := range []string{"/a", "/b", "/c", "/a"} {
			if resp, body := p.do(t, "GET", path, ""); resp.StatusCode != 200 {
				t.Fatalf("%s: %s %s", path, resp.Status, body)
			}
		}
		if n := assumed.Load(); n != round+1 {
			t.Errorf("with configuration %d the role was assumed %d times in all", round+1, n)
		}
		if err := p.load(t, caddyfile(global, strings.ReplaceAll(sites, "http-api", "rest-api"))); err != nil {
			t.Fatal(err)
		}
	}
}
