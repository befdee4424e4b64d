package awslambda

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/vialambda/vialambda"
)

// FuzzSign compares every signature with that of aws/signer/v4 for the same request.
func FuzzSign(f *testing.F) {
	f.Add("orders", "", "us-east-1", "lambda", "AKIDEXAMPLE", "secret", "", "", "", "", []byte("{}"), int64(1440938160), uint8(0))
	f.Add("arn:aws:lambda:eu-west-1:123456789012:function:orders:$LATEST", "$LATEST", "eu-west-1", "lambda", "AKID", "s/+=", "tok en", `{"a":1}`, "tenant", "name", []byte(nil), int64(0), uint8(255))
	f.Add("a b/c?d%2F~ü", "x y&z=1+2/3", "cn-north-1", "λ", "", "", "  a   b\t", "", "\t a  b ", " ", []byte{}, int64(4102444799), uint8(5))
	for _, unix := range []int64{-62167219201, -62167219200, 253402300799, 253402300800} { // about the years -1, 0, 9999 and 10000
		f.Add("orders", "", "us-east-1", "lambda", "AKIDEXAMPLE", "secret", "", "", "", "", []byte("{}"), unix, uint8(0))
	}
	f.Fuzz(func(t *testing.T, function, qualifier, region, service, id, secret, token, client, tenant, durable string, payload []byte, unix int64, bits uint8) {
		if id == "" || secret == "" {
			t.Skip()
		}
		in := &vialambda.Invocation{
			Function: function, Qualifier: qualifier, Payload: payload,
			Type:   vialambda.InvocationType(bits % 3),
			Stream: bits&4 != 0, LogTail: bits&8 != 0,
			ClientContext: []byte(client), TenantID: tenant, DurableName: durable, TraceHeader: "Root=1",
		}
		e := &endpoint{scheme: "https", addr: "lambda.example:8443", host: "lambda.example:8443", service: service, region: region}
		if bits&16 != 0 {
			e.path, e.escapedPath = "/base path/x", "/base%20path/x"
		}
		creds := aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token}
		now := time.Unix(unix, 0)
		compareWithV4(t, e, in, creds, now)
	})
}

func compareWithV4(t *testing.T, e *endpoint, in *vialambda.Invocation, creds aws.Credentials, now time.Time) {
	t.Helper()
	w := &wire{http: &httpClient{rawAnswers: true}, userAgent: "agent"}
	d := newDestination(e, in, w.userAgent)
	r := request{in: in}
	r.fill(d, in.TraceHeader)
	r.sign(d, &creds, now)
	ours := w.forNetHTTP(t.Context(), d, &r)
	compareWithNetHTTP(t, d, &r, ours)
	theirs := ours.Clone(t.Context())
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		theirs.Header.Del(name)
	}
	digest := sha256.Sum256(in.Payload)
	signer := v4.NewSigner() // its cache takes a new secret of the same key id for the old one
	if err := signer.SignHTTP(t.Context(), creds, theirs, hex.EncodeToString(digest[:]), e.service, e.region, now); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		if got, want := ours.Header.Get(name), theirs.Header.Get(name); got != want {
			t.Errorf("%s\n got %q\nwant %q", name, got, want)
		}
	}
	if got, want := ours.URL.RawQuery, theirs.URL.RawQuery; got != want {
		t.Errorf("query\n got %q\nwant %q", got, want)
	}
}

// TestSignatureExample checks the derivation of the key against AWS's published
// example (https://docs.aws.amazon.com/IAM/latest/UserGuide/signing-elements.html).
func TestSignatureExample(t *testing.T) {
	creds := &aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	k := newSigningKey("20120215", "us-east-1", "iam", creds)
	mac := k.scratch.New().(*scratch).mac
	mac.Write([]byte("probe"))
	got := hex.EncodeToString(mac.Sum(nil))

	// The signing key that AWS's documentation gives for these values.
	key, _ := hex.DecodeString("f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d")
	if want := hmacHex(key, "probe"); got != want {
		t.Errorf("key differs: %s, want %s", got, want)
	}
}

// TestSignConcurrently changes day, secret and session under many signers at once:
// the cached key must never be another's.
func TestSignConcurrently(t *testing.T) {
	e := &endpoint{scheme: "https", addr: "h", host: "h", service: "lambda", region: "us-east-1"}
	days := []time.Time{time.Unix(0, 0), time.Unix(86399, 0), time.Unix(86400, 0), time.Unix(1e9, 0)}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 50 {
				n := i*50 + j
				creds := aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret" + strings.Repeat("x", n%3)}
				compareWithV4(t, e, &vialambda.Invocation{Function: "f", Payload: []byte{byte(n)}}, creds, days[n%len(days)])
			}
		})
	}
	group.Wait()
}

func hmacHex(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}
