package edge

import "strings"

// BareName is the name in a function's name or ARN that has been checked.
func BareName(function string) string {
	parts := strings.Split(function, ":")
	switch {
	case parts[0] == "arn":
		return parts[6]
	case len(parts) > 2 && parts[1] == "function":
		return parts[2]
	}
	return parts[0]
}

// IsTenant reports whether Lambda takes id as a tenant id
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
func IsTenant(id string) bool {
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._:/=+-@ ", rune(c)) {
			return false
		}
	}
	return id != "" && len(id) <= 256
}
