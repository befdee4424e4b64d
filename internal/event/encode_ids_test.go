package event

import (
	"testing"
	"time"
)

// TestTimesAreRemembered: what is remembered of one event's time is not taken for
// another's.
func TestTimesAreRemembered(t *testing.T) {
	var s scratch
	zone := time.FixedZone("", 2*60*60)
	for range 2 {
		for _, c := range []struct {
			time time.Time
			want string
		}{
			{time.Unix(0, 0), "01/Jan/1970:00:00:00 +0000"},
			{time.Unix(0, 999_999_999), "01/Jan/1970:00:00:00 +0000"},
			{time.Unix(1, 0), "01/Jan/1970:00:00:01 +0000"},
			{time.Date(2026, 7, 10, 21, 19, 4, 5, zone), "10/Jul/2026:19:19:04 +0000"},
			{time.Date(2026, 7, 10, 19, 19, 4, 5, time.UTC), "10/Jul/2026:19:19:04 +0000"},
			{time.Date(12026, 7, 10, 19, 19, 4, 5, time.UTC), "10/Jul/12026:19:19:04 +0000"},
		} {
			if got := string(s.appendTime([]byte("at "), c.time)); got != "at "+c.want {
				t.Errorf("%v: %q, want %q", c.time, got, c.want)
			}
		}
	}
}
