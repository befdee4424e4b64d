//go:build live

package live

import (
	"os"
	"testing"
)

// TestLive calls the functions that the environment names, in the account whose
// credentials it has.
func TestLive(t *testing.T) {
	function, stream := os.Getenv("VIALAMBDA_LIVE_FUNCTION"), os.Getenv("VIALAMBDA_LIVE_STREAM")
	if function == "" || stream == "" {
		t.Fatal("set VIALAMBDA_LIVE_FUNCTION and VIALAMBDA_LIVE_STREAM to the functions of examples/live: see its README.md")
	}
	s, err := connect(t.Context(), function, stream)
	if err != nil {
		t.Fatal(err)
	}
	defer s.invoker.CloseIdleConnections()
	var differ []difference
	runAll(t, s, func(t *testing.T, d difference) {
		differ = append(differ, d)
		t.Error(d)
	})
	if len(differ) == 0 {
		t.Log("nothing differs")
		return
	}
	t.Logf("%d of %d differ:", len(differ), len(slicesOf(contract, traps, streams)))
	for _, d := range differ {
		t.Log(d)
	}
}
