package harness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// Machine is where and with what a run was made.
type Machine struct {
	CPU       string
	Cores     int
	MemoryGiB int
	Kernel    string
	Go        string
	Python    string   // "": none
	Modules   []string // name and version of the Go modules that are measured
	Packages  []string // of the Python packages
	OpenFiles int
}

func machine(ctx context.Context, python string) Machine {
	m := Machine{
		CPU:       field("/proc/cpuinfo", "model name"),
		Cores:     runtime.NumCPU(),
		MemoryGiB: int(TotalMemory() >> 30),
		Kernel:    runtime.GOOS + "/" + runtime.GOARCH,
		Go:        runtime.Version(),
		OpenFiles: openFiles(),
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		version, _, _ := strings.Cut(strings.TrimSpace(string(release)), "-")
		m.Kernel += " " + version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if slices.Contains([]string{
				"github.com/aws/aws-sdk-go-v2", "github.com/aws/aws-sdk-go-v2/service/lambda",
				"github.com/aws/smithy-go", "github.com/aws/aws-lambda-go",
			}, module.Path) {
				m.Modules = append(m.Modules, module.Path+" "+module.Version)
			}
		}
	}
	if python != "" {
		m.Python, m.Packages = pythonVersions(ctx, python)
	}
	return m
}

// pythonVersions asks the interpreter for its version and for those of the
// packages whose speed matters.
func pythonVersions(ctx context.Context, python string) (version string, packages []string) {
	names := []string{"lambda-httpx", "lambda-requests", "lambda-invoke", "aioboto3", "aiohttp", "boto3", "httpx", "requests"}
	program := "import platform, sys\nfrom importlib.metadata import version\n" +
		"print(platform.python_version())\nfor name in sys.argv[1:]: print(name, version(name))"
	out, err := exec.CommandContext(ctx, python, append([]string{"-c", program}, names...)...).Output()
	if err != nil {
		return "unknown", nil
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[0], lines[1:]
}

// TotalMemory returns the machine's memory in bytes, 0 if it cannot be known.
func TotalMemory() uint64 {
	var kib uint64
	if _, err := fmt.Sscanf(field("/proc/meminfo", "MemTotal"), "%d kB", &kib); err != nil {
		return 0
	}
	return kib << 10
}

// loadAverage returns how many processes have wanted a core of late: in the last
// minute, five minutes, a quarter of an hour.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// field returns the value of the first line "name: value" of a file in /proc.
func field(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
