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
