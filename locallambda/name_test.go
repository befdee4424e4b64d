package locallambda

import (
	"errors"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
)

func TestParseName(t *testing.T) {
	const (
		here = "arn:aws:lambda:us-east-1:123456789012:function:"
		mine = "arn:aws:lambda:eu-west-1:111122223333:function:"
	)
	long := strings.Repeat("n", 64)
	for _, test := range []struct{ function, qualifier, arn, version string }{
		{"orders", "", here + "orders", "$LATEST"},
		{"Or_d-3.x", "", here + "Or_d-3.x", "$LATEST"},
		{"orders:prod", "", here + "orders:prod", "$LATEST"},
		{"orders:42", "", here + "orders:42", "42"},
		{"orders", "7", here + "orders:7", "7"},
		{"orders", "$LATEST", here + "orders:$LATEST", "$LATEST"},
		{"orders:$LATEST.PUBLISHED", "", here + "orders:$LATEST.PUBLISHED", "$LATEST"},
		{"orders:prod", "prod", here + "orders:prod", "$LATEST"},
		{"111122223333:function:orders", "", "arn:aws:lambda:us-east-1:111122223333:function:orders", "$LATEST"},
		{"111122223333:function:orders:3", "", "arn:aws:lambda:us-east-1:111122223333:function:orders:3", "3"},
		{mine + "orders", "", mine + "orders", "$LATEST"},
		{mine + "orders:prod", "prod", mine + "orders:prod", "$LATEST"},
		{"arn:aws-cn:lambda:cn-north-1:111122223333:function:orders", "", "arn:aws-cn:lambda:cn-north-1:111122223333:function:orders", "$LATEST"},
		{long, "", here + long, "$LATEST"},
	} {
		n, err := parseName(test.function, test.qualifier, defaultRegion, defaultAccount)
		if err != nil || n.arn() != test.arn || n.version() != test.version {
			t.Errorf("%s, %q: %s, version %s, %v; want %s, version %s", test.function, test.qualifier, n.arn(), n.version(), err, test.arn, test.version)
		}
	}
	for _, test := range []struct{ function, qualifier, code, message string }{
		{"", "", "ValidationException", "Value '' at 'functionName'"},
		{"or ders", "", "ValidationException", "Value 'or ders' at 'functionName'"},
		{"orders/x", "", "ValidationException", "at 'functionName'"},
		{long + "n", "", "ValidationException", "at 'functionName'"},
		{"orders:", "", "ValidationException", "at 'functionName'"},
		{"orders:pr od", "", "ValidationException", "at 'functionName'"},
		{"1:function:orders", "", "ValidationException", "at 'functionName'"},
		{"a:b:c", "", "ValidationException", "at 'functionName'"},
		{"arn:aws:s3:us-east-1:123456789012:function:orders", "", "ValidationException", "at 'functionName'"},
		{"arn:aws:lambda::123456789012:function:orders", "", "ValidationException", "at 'functionName'"},
		{here + "orders:1:2", "", "ValidationException", "at 'functionName'"},
		{"orders", "a b", "ValidationException", "Value 'a b' at 'qualifier'"},
		{"orders", strings.Repeat("q", 129), "ValidationException", "at 'qualifier'"},
		{"orders:prod", "test", "InvalidParameterValueException", "The derived qualifier from the function name does not match the specified qualifier."},
	} {
		_, err := parseName(test.function, test.qualifier, defaultRegion, defaultAccount)
		e, ok := errors.AsType[*vialambda.InvokeError](err)
		if !ok || e.Status != 400 || e.Code != test.code || !strings.Contains(e.Message, test.message) || e.MayHaveRun {
			t.Errorf("%s, %q: %+v", test.function, test.qualifier, err)
		}
	}
}
