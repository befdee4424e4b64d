package awslambda

import (
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"

	"github.com/vialambda/vialambda"
)

// sentence is an error with words of its own for what cause says.
type sentence struct {
	text  string
	cause error
}

func (s *sentence) Error() string { return s.text }
func (s *sentence) Unwrap() error { return s.cause }

// clip cuts text after n bytes, so that what follows it is still read.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "…"
}

// hinted is an error that knows the way out. See the package's documentation.
type hinted struct {
	error
	hint string
}

func (h *hinted) Unwrap() error { return h.error }

// Hint returns one line.
func (h *hinted) Hint() string { return h.hint }

// addHint tells the operator what to do about the refusals that newcomers meet.
func addHint(refused *vialambda.InvokeError, c call) {
	var hint string
	switch refused.Code {
	case "AccessDeniedException", "AccessDenied":
		resource := resourceIn(refused.Message)
		if resource == "" {
			resource = c.arn()
		}
		hint = "the caller's policy must allow lambda:InvokeFunction on " + resource
	case "ResourceNotFoundException":
		hint = "asked in region " + c.region
		if account := c.accountAsked(refused.Message); account != "" {
			hint += ", account " + account
		}
		hint += ": is the name right, and deployed there?"
	case "ExpiredTokenException", "ExpiredToken":
		hint = "the credentials have expired: log in again, for instance with aws sso login"
		if refused.Renewed {
			hint = "the credentials had expired and have been renewed: try again"
		}
	case "UnrecognizedClientException", "InvalidClientTokenId":
		hint = "AWS does not know this access key in region " + c.region + ": check AWS_PROFILE and AWS_SESSION_TOKEN"
	case "InvalidSignatureException", "SignatureDoesNotMatch":
		hint = "check the secret access key"
		if refused.Renewed {
			hint = "this machine's clock is wrong; the difference is now taken into account: try again"
		}
	case "MissingAuthenticationTokenException":
		hint = "the request was not signed: configure credentials"
	}
	if hint == "" || refused.Err == nil {
		return
	}
	refused.Err = &hinted{refused.Err, hint}
}

// resourceIn returns the resource that AWS's own text names, an alias's if one was
// called.
func resourceIn(message string) string {
	_, resource, _ := strings.Cut(message, "on resource: ")
	resource, _, _ = strings.Cut(resource, " ")
	return strings.TrimRight(resource, ".")
}

// arn returns the ARN of the function that was called, with its qualifier; of what
// is not known, a star.
func (c call) arn() string {
	name := c.in.Function
	if !strings.HasPrefix(name, "arn:") {
		account := c.creds.AccountID
		if head, rest, ok := strings.Cut(name, ":function:"); ok { // a partial ARN
			account, name = head, rest
		}
		if account == "" {
			account = "*"
		}
		name = "arn:" + partition(c.region) + ":lambda:" + c.region + ":" + account + ":function:" + name
	}
	if c.in.Qualifier != "" && strings.Count(name, ":") == 6 {
		name += ":" + c.in.Qualifier
	}
	return name
}

// accountAsked returns the account in which a function was looked for.
func (c call) accountAsked(message string) string {
	if i := strings.Index(message, "arn:"); i >= 0 {
		return arnPart(message[i:], 4)
	}
	if account := arnPart(c.in.Function, 4); account != "" {
		return account
	}
	if head, _, ok := strings.Cut(c.in.Function, ":function:"); ok {
		return head
	}
	return c.creds.AccountID
}

// partition returns the partition that a region belongs to
// (https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html).
func partition(region string) string {
	for _, p := range [][2]string{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-isob-", "aws-iso-b"}, {"us-isof-", "aws-iso-f"},
		{"us-iso-", "aws-iso"}, {"eu-isoe-", "aws-iso-e"}, {"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p[0]) {
			return p[1]
		}
	}
	return "aws"
}

// explainNetwork adds the way out to what net and crypto/tls say.
func explainNetwork(err error) error {
	var unverified *tls.CertificateVerificationError
	var lookup *net.DNSError
	switch {
	case errors.As(err, &unverified):
		return &sentence{"the endpoint's certificate does not verify (" + unverified.Err.Error() +
			"): if a proxy of yours inspects TLS, name its CA in AWS_CA_BUNDLE", err}
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return &sentence{"there is no host " + lookup.Name + ": check the region and the endpoint URL", err}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &sentence{essence(err) + ": nothing listens there; check the endpoint URL", err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &sentence{"the connection was closed before there was an answer", io.ErrUnexpectedEOF}
	}
	return err
}

// essence returns what a chain of errors has to say to a person: AWS's own answer,
// the file, the address, else its innermost link. What the SDK wraps around that
// tells only through which of its steps it came.
func essence(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		return file.Error()
	}
	if network, ok := errors.AsType[*net.OpError](err); ok {
		return network.Error()
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err.Error()
}
