package locallambda

import (
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vialambda/vialambda"
)

// Credentials are an AWS access key, as in AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string // of temporary credentials; else empty
}

const (
	sigAlgorithm  = "AWS4-HMAC-SHA256"
	sigTerminator = "aws4_request"
	sigService    = "lambda"
	sigTime       = "20060102T150405Z"
	sigTolerance  = 5 * time.Minute
)

// verify checks the Signature Version 4 in r's Authorization header
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
// It returns nil, or the error that AWS answers with. The hash of body is what
// counts, whatever X-Amz-Content-Sha256 says. If region is empty, any will do.
//
// It is written from AWS's description alone and shares nothing with the signer
// of awslambda or of the SDK, so that neither vouches for itself.
func (c Credentials) verify(r *http.Request, body []byte, region string, now time.Time) *vialambda.InvokeError {
	sig, err := parseAuthorization(r)
	if err != nil {
		return err
	}
	token := r.Header.Get("X-Amz-Security-Token")
	if !equal(sig.accessKey, c.AccessKeyID) || !equal(token, c.SessionToken) {
		return authError("UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	if err := sig.checkScope(region); err != nil {
		return err
	}
	if err := sig.checkTime(now); err != nil {
		return err
	}
	if err := sig.checkHeaders(r); err != nil {
		return err
	}
	if !equal(sig.signature, sig.compute(c.SecretAccessKey, canonicalRequest(r, sig.signedHeaders, body))) {
		return authError("InvalidSignatureException", "The request signature we calculated does not match the signature "+
			"you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

// signature is what an Authorization header and the date beside it say.
type signature struct {
	accessKey, date, region, service string // the credential and its scope
	signedHeaders                    []string
	signature                        string
	time                             time.Time
	dateHeader                       string // which header time is from
}

// compute is the signature that a canonical request ought to have.
func (s signature) compute(secret, canonical string) string {
	scope := []string{s.date, s.region, s.service, sigTerminator}
	toSign := strings.Join([]string{
		sigAlgorithm, s.time.Format(sigTime), strings.Join(scope, "/"), hexSHA256([]byte(canonical)),
	}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range append(scope, toSign) {
		key = hmacSHA256(key, part)
	}
	return hex.EncodeToString(key)
}

func parseAuthorization(r *http.Request) (signature, *vialambda.InvokeError) {
	var sig signature
	if q := r.URL.Query(); q.Has("X-Amz-Signature") || q.Has("X-Amz-Credential") {
		return sig, authError("IncompleteSignatureException", "Presigned URLs are not supported here: sign the headers instead.")
	}
	values := r.Header["Authorization"]
	if len(values) == 0 {
		return sig, authError("MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	algorithm, rest, _ := strings.Cut(values[0], " ")
	if strings.HasPrefix(algorithm, "AWS4-") && algorithm != sigAlgorithm {
		return sig, incomplete("Unsupported AWS 'algorithm': '" + algorithm + "'.")
	}
	params := map[string]string{}
	if algorithm == sigAlgorithm {
		for _, pair := range strings.FieldsFunc(rest, func(c rune) bool { return c == ',' || c == ' ' }) {
			key, value, ok := strings.Cut(pair, "=")
			if !ok {
				return sig, incomplete("Invalid key=value pair (missing equal-sign) in Authorization header.")
			}
			params[key] = value
		}
	}
	var missing []string
	for _, key := range []string{"Credential", "Signature", "SignedHeaders"} {
		if params[key] == "" {
			missing = append(missing, "Authorization header requires '"+key+"' parameter.")
		}
	}
	sig.readTime(r)
	if sig.time.IsZero() {
		missing = append(missing, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if missing != nil {
		return sig, incomplete(strings.Join(missing, " "))
	}
	credential := strings.Split(params["Credential"], "/")
	if len(credential) != 5 {
		return sig, incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.")
	}
	if credential[4] != sigTerminator {
		return sig, authError("InvalidSignatureException",
			"Credential should be scoped with a valid terminator: '"+sigTerminator+"'.")
	}
	sig.accessKey, sig.date, sig.region, sig.service = credential[0], credential[1], credential[2], credential[3]
	sig.signedHeaders = strings.Split(params["SignedHeaders"], ";")
	sig.signature = params["Signature"]
	return sig, nil
}

// readTime sets time and dateHeader, or leaves them if no header has a time.
func (s *signature) readTime(r *http.Request) {
	for _, name := range []string{"X-Amz-Date", "Date"} {
		value := r.Header.Get(name)
		if t, err := time.Parse(sigTime, value); err == nil {
			s.time, s.dateHeader = t, name
			return
		}
		if t, err := http.ParseTime(value); err == nil {
			s.time, s.dateHeader = t.UTC(), name
			return
		}
	}
}

func (s signature) checkScope(region string) *vialambda.InvokeError {
	switch day := s.time.Format("20060102"); {
	case s.service != sigService:
		return authError("InvalidSignatureException", "Credential should be scoped to correct service: '"+sigService+"'.")
	case region != "" && s.region != region:
		return authError("InvalidSignatureException", "Credential should be scoped to a valid region.")
	case s.date != day:
		return authError("InvalidSignatureException", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version "+
			"of date from HTTP: '"+s.date+"' != '"+day+"', from '"+s.time.Format(sigTime)+"'.")
	}
	return nil
}

func (s signature) checkTime(now time.Time) *vialambda.InvokeError {
	now = now.UTC().Truncate(time.Second)
	minutes := strconv.Itoa(int(sigTolerance / time.Minute))
	if oldest := now.Add(-sigTolerance); s.time.Before(oldest) {
		return authError("InvalidSignatureException", "Signature expired: "+s.time.Format(sigTime)+" is now earlier than "+
			oldest.Format(sigTime)+" ("+now.Format(sigTime)+" - "+minutes+" min.)")
	}
	if newest := now.Add(sigTolerance); s.time.After(newest) {
		return authError("InvalidSignatureException", "Signature not yet current: "+s.time.Format(sigTime)+" is still later than "+
			newest.Format(sigTime)+" ("+now.Format(sigTime)+" + "+minutes+" min.)")
	}
	return nil
}

// checkHeaders wants the host, the date and every X-Amz- header signed, and
// every signed header present.
func (s signature) checkHeaders(r *http.Request) *vialambda.InvokeError {
	if !slices.Contains(s.signedHeaders, "host") {
		return authError("InvalidSignatureException", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range r.Header {
		if (name == s.dateHeader || strings.HasPrefix(name, "X-Amz-")) && !slices.Contains(s.signedHeaders, strings.ToLower(name)) {
			return authError("InvalidSignatureException", "'"+name+"' must be a 'SignedHeader' in the AWS Authorization.")
		}
	}
	for _, name := range s.signedHeaders {
		if _, ok := headerValues(r, name); !ok {
			return incomplete("'" + name + "' is named as a SignedHeader, but it does not exist in the HTTP request.")
		}
	}
	return nil
}

func incomplete(message string) *vialambda.InvokeError {
	return authError("IncompleteSignatureException", message)
}

func authError(code, message string) *vialambda.InvokeError {
	return &vialambda.InvokeError{Code: code, Status: http.StatusForbidden, Message: message}
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
