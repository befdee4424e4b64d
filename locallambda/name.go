package locallambda

import (
	"strings"

	"github.com/vialambda/vialambda"
)

// What an ARN says where a caller gave only a name.
const (
	defaultRegion  = "us-east-1"
	defaultAccount = "123456789012"
)

// name is a function's name taken apart.
type name struct {
	Partition, Region, Account string
	Function                   string
	Qualifier                  string // "" if none was given
}

// arn returns the ARN, with the qualifier if there is one.
func (n name) arn() string {
	partition := n.Partition
	if partition == "" {
		partition = "aws"
	}
	arn := "arn:" + partition + ":lambda:" + n.Region + ":" + n.Account + ":function:" + n.Function
	if n.Qualifier != "" {
		arn += ":" + n.Qualifier
	}
	return arn
}

// version returns the version that runs: a local function has no aliases, they
// all lead to $LATEST.
func (n name) version() string {
	if n.Qualifier != "" && strings.Trim(n.Qualifier, "0123456789") == "" {
		return n.Qualifier
	}
	return "$LATEST"
}

// parseName reads the forms of FunctionName that the Invoke API reads: a name,
// an account and a name ("123456789012:function:orders"), an ARN, each with or
// without a qualifier. What the function name leaves out is taken from
// qualifier, region and account. The error is a *vialambda.InvokeError, status
// 400, with Lambda's code and text.
func parseName(function, qualifier, region, account string) (name, error) {
	n := name{Region: region, Account: account}
	parts := strings.Split(function, ":")
	switch {
	case len(parts) <= 2:
	case len(parts) <= 4 && parts[1] == "function":
		n.Account, parts = parts[0], parts[2:]
	case (len(parts) == 7 || len(parts) == 8) && parts[0] == "arn" && parts[2] == "lambda" && parts[5] == "function":
		n.Partition, n.Region, n.Account, parts = parts[1], parts[3], parts[4], parts[6:]
	default:
		return n, invalidName("functionName", function, functionPattern)
	}
	n.Function = parts[0]
	if len(parts) == 2 {
		n.Qualifier = parts[1]
	}
	badName := !isWord(n.Function, "-_.") || len(n.Function) > maxName || !isWord(n.Region, "-") || !isAccount(n.Account)
	if badName || len(parts) == 2 && !isQualifier(n.Qualifier) {
		return n, invalidName("functionName", function, functionPattern)
	}
	switch {
	case qualifier == "":
	case !isQualifier(qualifier):
		return n, invalidName("qualifier", qualifier, qualifierPattern)
	case n.Qualifier == "":
		n.Qualifier = qualifier
	case n.Qualifier != qualifier:
		return n, &vialambda.InvokeError{
			Code:    "InvalidParameterValueException",
			Status:  400,
			Message: "The derived qualifier from the function name does not match the specified qualifier.",
		}
	}
	return n, nil
}

const (
	maxName      = 64
	maxQualifier = 128

	// The patterns that Lambda's own refusal names
	// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
	functionPattern  = `(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?`
	qualifierPattern = `(|[a-zA-Z0-9$_-]+)`
)

// invalidName is Lambda's refusal of a parameter that does not match its pattern.
func invalidName(parameter, value, pattern string) error {
	return &vialambda.InvokeError{
		Code:   "ValidationException",
		Status: 400,
		Message: "1 validation error detected: Value '" + value[:min(len(value), 2*maxQualifier)] + "' at '" + parameter +
			"' failed to satisfy constraint: Member must satisfy regular expression pattern: " + pattern,
	}
}

func isQualifier(s string) bool {
	return s == "$LATEST" || s == "$LATEST.PUBLISHED" || len(s) <= maxQualifier && isWord(s, "-_")
}

func isAccount(s string) bool {
	return len(s) == len(defaultAccount) && strings.Trim(s, "0123456789") == ""
}

// isWord reports whether s is not empty and has only ASCII letters, digits and
// the characters of also.
func isWord(s, also string) bool {
	for _, c := range []byte(s) {
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte(also, c) >= 0) {
			return false
		}
	}
	return s != ""
}
