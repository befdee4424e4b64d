package serve

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
)

// Account says whose functions are called, and where. Empty fields are as the
// AWS CLI has them.
type Account struct {
	Region, Profile, EndpointURL string

	// Role is the ARN of a role to assume, ExternalID what its trust policy may
	// ask for, SessionName the name of the session; if empty, vialambda.
	Role, ExternalID, SessionName string
}

const defaultSession = "vialambda"

// over returns a with what it leaves open taken from under. An external id belongs
// to the role that it stands with: with a role of its own, a takes none.
func (a Account) over(under Account) Account {
	if a.Role == "" {
		a.ExternalID = cmp.Or(a.ExternalID, under.ExternalID)
	}
	a.Region = cmp.Or(a.Region, under.Region)
	a.Profile = cmp.Or(a.Profile, under.Profile)
	a.EndpointURL = cmp.Or(a.EndpointURL, under.EndpointURL)
	a.Role = cmp.Or(a.Role, under.Role)
	a.SessionName = cmp.Or(a.SessionName, under.SessionName)
	return a
}

// For returns a with the region of the ARN in it that function is, if it is one,
// unless a has a region.
func (a Account) For(function string) Account {
	if parts := strings.SplitN(function, ":", 5); a.Region == "" && len(parts) == 5 && parts[0] == "arn" {
		a.Region = parts[3]
	}
	return a
}

// account is whose function t is, when all has been said.
func (c *Config) account(t Target) Account { return t.over(c.Account).For(t.Function) }

// session sets what AssumeRole is told besides the role.
func (a Account) session(o *stscreds.AssumeRoleOptions) {
	o.RoleSessionName = cmp.Or(a.SessionName, defaultSession)
	if a.ExternalID != "" {
		o.ExternalID = aws.String(a.ExternalID)
	}
}

// What a region can be, and what AssumeRole takes
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
var (
	regionName  = regexp.MustCompile(`^[a-zA-Z0-9-]{1,63}$`) // a label of a host's name
	roleARN     = regexp.MustCompile(`^arn:[\w-]+:iam::\d{12}:role/[\x21-\x7e]+$`)
	externalID  = regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`)
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
)

const maxExternalID = 1224

// Check returns what is wrong with a, or nil.
func (a Account) Check() error {
	if key, reason := a.mistake(); reason != "" {
		return fmt.Errorf("%s: %s", key, reason)
	}
	return nil
}

// mistake is what is wrong with a, and the key that has it; "" if nothing is.
func (a Account) mistake() (key, reason string) {
	switch {
	case a.Region != "" && !regionName.MatchString(a.Region):
		return "region", fmt.Sprintf("%q is no AWS region: write eu-west-1 or the like", a.Region)
	case a.Role != "" && !roleARN.MatchString(a.Role):
		return "role", fmt.Sprintf("%q is no ARN of a role: write arn:aws:iam::123456789012:role/name", a.Role)
	case a.ExternalID != "" && (!externalID.MatchString(a.ExternalID) || len(a.ExternalID) > maxExternalID):
		return "external_id", "this is no external id: STS takes 2 to 1,224 letters, digits and _+=,.@:/-"
	case a.SessionName != "" && !sessionName.MatchString(a.SessionName):
		return "session_name", fmt.Sprintf("%q is no name of a session: STS takes 2 to 64 letters, digits and _+=,.@-", a.SessionName)
	case a.ExternalID != "" && a.Role == "":
		return "external_id", "an external id goes with a role, and there is none: set role, or give it in the profile"
	}
	return "", ""
}

// checkAccounts finds mistakes in what is said of regions and roles.
func (c *Config) checkAccounts() error {
	if key, reason := c.mistake(); reason != "" {
		return c.at(key, "%s", reason)
	}
	used := c.Role != ""
	for _, name := range slices.Sorted(maps.Keys(c.Targets)) {
		t := c.Targets[name]
		full := t.over(c.Account)
		key, reason := full.mistake()
		if t.SessionName != "" && full.Role == "" {
			key, reason = "session_name", noSession
		}
		if reason != "" {
			return c.at("targets."+name+"."+key, "%s", reason)
		}
		used = used || full.Role != ""
	}
	if c.SessionName != "" && !used {
		return c.at("session_name", noSession)
	}
	return nil
}

const noSession = "a session's name goes with a role, and there is none: set role, or give it in the profile"
