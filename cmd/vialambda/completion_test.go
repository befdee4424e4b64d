package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/vialambda/vialambda"
)

func TestSplitLine(t *testing.T) {
	const bash = " \t\n\"'@><=;|&(:"
	for _, test := range []struct {
		line, breaks string
		args         []string
		current      string
		kept         int
	}{
		{"vialambda ", "", nil, "", 0},
		{"vialambda", "", nil, "vialambda", 0},
		{"vialambda lo", "", nil, "lo", 0},
		{"vialambda  -v   local ", "", []string{"-v", "local"}, "", 0},
		{"vialambda -H 'Accept: a' x", "", []string{"-H", "Accept: a"}, "x", 0},
		{`vialambda -d "a \" b\c" x\ y`, "", []string{"-d", `a " b\c`}, "x y", 0},
		{`vialambda 'it'\''s' `, "", []string{"it's"}, "", 0},
		{"vialambda '' ", "", []string{""}, "", 0},
		{`vialambda "half a wo`, "", nil, "half a wo", 0},
		{"vialambda http+lambda://ec", bash, nil, "http+lambda://ec", 12},
		{"vialambda --local=sa", bash, nil, "--local=sa", 8},
		{"vialambda --local=", bash, nil, "--local=", 8},
		{"vialambda '--local=sa", bash, nil, "--local=sa", 0},
		{"vialambda a=b c", bash, []string{"a=b"}, "c", 0},
		{"vialambda -d @fi", bash, []string{"-d"}, "@fi", 1},
		{"vialambda ünf:x", bash, nil, "ünf:x", 5},
	} {
		w := splitLine(test.line, test.breaks)
		if !slices.Equal(w.args, test.args) || w.current != test.current && test.line != "vialambda" || w.kept != test.kept {
			t.Errorf("%q: got %q, %q, %d", test.line, w.args, w.current, w.kept)
		}
	}
}

func TestCandidates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "functions.yaml")
	if err := os.WriteFile(file, []byte("functions:\n  orders:\n    command: ./orders\n  billing:\n    command: ./billing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, line string
		want       string // words, with + before files
	}{
		{"verbs", "", "call event local serve completion man help version http+lambda://"},
		{"a verb", "lo", "local"},
		{"verbs after help", "help ", "call event local serve completion man"},
		{"the scheme", "ht", "http+lambda://"},
		{"no verb after a flag", "-v ", "http+lambda://"},
		{"a long flag", "--max", "--max-time"},
		{"a flag of a verb", "serve --max-c", "--max-concurrent"},
		{"not a flag of another verb", "local --max", ""},
		{"not a hidden flag", "--inse", ""},
		{"a short flag", "-X", "-X"},
		{"a flag with and without a value", "--loc", "--location --local --local="},
		{"a format", "--format ", "rest-api http-api function-url alb alb-multi-value raw"},
		{"a format after =", "--format=al", "--format=alb --format=alb-multi-value"},
		{"a mode", "serve --mode ", "buffered stream auto"},
		{"a log format", "serve --log-format j", "json"},
		{"a value that nobody knows", "--region ", ""},
		{"files of a flag", "-o re", "+"},
		{"files of a flag after =", "serve --config=g", "+--config="},
		{"data", "-d ", "@"},
		{"data of a file", "-d @re", "+@"},
		{"a file part", "-F photo=@re", "+photo=@"},
		{"not in raw data", "--data-raw @re", ""},
		{"a file or the samples", "--local=", "--local=samples +--local="},
		{"a value of a short flag in a cluster", "-vo ", "+"},
		{"no value of a short flag that has one", "-ofile --for", "--format --form"},
		{"a short flag's value is no verb", "-X ev", ""},
		{"samples", "--local ", "http+lambda://echo/ http+lambda://flaskexp-test/ http+lambda://httpbin/"},
		{"a sample by its URL", "--local http+lambda://e", "http+lambda://echo/"},
		{"a sample by its name", "--local fl", "flaskexp-test/"},
		{"a sample after call", "call --local -v http", "http+lambda://echo/ http+lambda://flaskexp-test/ http+lambda://httpbin/ httpbin/"},
		{"functions of a file", "--local=" + file + " o", "orders/"},
		{"functions of a file that is not there", "--local=/nowhere o", ""},
		{"functions to serve", "serve --local e", "echo"},
		{"nothing after serve", "serve ", ""},
		{"a file of functions", "local te", "+"},
		{"flags end", "--local -- -", ""},
		{"after --", "--local -- ec", "echo/"},
		{"a file named -", "-o - --sil", "--silent"},
		{"shells", "completion ", "bash zsh fish"},
		{"a flag of completion", "completion --", "--help"},
		{"nothing after man", "man ", ""},
		{"an unknown flag", "--nothing-like-it=", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, c := range splitLine("vialambda "+test.line, "").candidates() {
				if c.files {
					c.word = "+" + c.word
				}
				got = append(got, c.word)
			}
			want := strings.Fields(test.want)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestEveryFlag: what --help shows is in the manual page and is completed, and
// what is completed as a value is one.
func TestEveryFlag(t *testing.T) {
	manual := manual()
	shown := regexp.MustCompile(`(?m)^ +(?:-\w, )?(--[\w-]+)`)
	for _, v := range verbs() {
		var flags []string
		for _, m := range shown.FindAllStringSubmatch(v.help(), -1) {
			flags = append(flags, m[1])
		}
		if len(flags) == 0 {
			t.Errorf("%s: no flags in its help", v.name)
		}
		section := sectionOf(t, manual, strings.ToUpper(v.name))
		if v.name == "event" {
			section = sectionOf(t, manual, "CALL")
		}
		for _, flag := range flags {
			if !strings.Contains(section, `\fB`+strings.ReplaceAll(flag, "-", `\-`)+`\fR`) {
				t.Errorf("%s: %s is not in the manual page", v.name, flag)
			}
			offered := splitLine("vialambda "+v.name+" "+flag, "").candidates()
			if !slices.ContainsFunc(offered, func(c candidate) bool { return c.word == flag && c.note != "" }) {
				t.Errorf("%s: %s is not completed", v.name, flag)
			}
		}
		v.flags().VisitAll(func(f *pflag.Flag) {
			values := f.Annotations[offeredValues]
			if name, _ := pflag.UnquoteUsage(f); (name == "FORMAT" || name == "MODE") && len(values) == 0 {
				t.Errorf("%s: nobody knows the values of --%s", v.name, f.Name)
			}
			for _, value := range values {
				var err error
				switch f.Name {
				case "format":
					_, err = vialambda.ParseFormat(value)
				case "mode":
					_, err = vialambda.ParseMode(value)
				case "log-format":
					if !strings.Contains(f.Usage, value) {
						err = fmt.Errorf("not in its help")
					}
				default:
					err = fmt.Errorf("no test")
				}
				if err != nil {
					t.Errorf("%s --%s %s: %v", v.name, f.Name, value, err)
				}
			}
		})
	}
}

// TestBash lets bash complete, with bash's own idea of words.
func TestBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	dir := t.TempDir()
	for _, name := range []string{"body.json", "body two.json", "other"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program := self(t)
	for _, test := range []struct {
		name string
		line string // from the program's name to the cursor
		word string // at the cursor, as bash splits it
		want string // separated by |
	}{
		{"verbs", "ev", "ev", "event"},
		{"flags", "--max", "--max", "--max-time"},
		{"values", "--format al", "al", "alb|alb-multi-value"},
		{"values after =", "--format=al", "al", "alb|alb-multi-value"},
		{"a URL, after its colon", "--local http+lambda://ht", "//ht", "//httpbin/"},
		{"files", "-o body", "body", "body two.json|body.json"},
		{"files after @", "-d @body", "body", "body two.json|body.json"},
		{"files after =@", "-F a=@ot", "ot", "other"},
		{"samples and files after =", "--local=o", "o", "other"},
		{"samples", "--local=s", "s", "samples"},
		{"quotes before", `-H 'Name: a b' --local ec`, "ec", "echo/"},
		{"nothing", "--region eu", "eu", ""},
		{"files after @ where that breaks no word", "-d @body", "@body", "@body two.json|@body.json"},
	} {
		t.Run(test.name, func(t *testing.T) {
			breaks := " \t\n\"'@><=;|&(:"
			if strings.HasPrefix(test.word, "@") {
				breaks = strings.ReplaceAll(breaks, "@", "")
			}
			script := `source <("$1" completion bash)
complete -p vialambda >/dev/null || exit 1
COMP_WORDBREAKS=$4
COMP_LINE="$1 $2" COMP_POINT=$((${#1} + 1 + ${#2})) COMP_WORDS=("$1" "$3") COMP_CWORD=1
_vialambda
(( ${#COMPREPLY[@]} )) && printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort
exit 0`
			cmd := exec.CommandContext(t.Context(), bash, "--norc", "-c", script, "bash", program, test.line, test.word, breaks)
			cmd.Dir = dir
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, &stderr)
			}
			got := strings.ReplaceAll(strings.TrimSuffix(string(out), "\n"), "\n", "|")
			if got != test.want {
				t.Errorf("got %q, want %q; %s", got, test.want, &stderr)
			}
		})
	}
}

// TestFish lets fish complete.
func TestFish(t *testing.T) {
	fish, err := exec.LookPath("fish")
	if err != nil {
		t.Skip("no fish")
	}
	program := self(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "body.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"ev":             "event|",
		"--format al":    "alb|alb-multi-value|",
		"--format=fu":    "--format=function-url|",
		"completion z":   "zsh|",
		"-d @bo":         "@body.json|",
		"--region eu":    "",
		"local --functi": "--function|",
	} {
		cmd := exec.CommandContext(t.Context(), fish, "--no-config", "-c", `vialambda completion fish | source; complete -C "vialambda $argv[1]"`, "--", line)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir,
			"PATH="+filepath.Dir(program)+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		got := ""
		for offer := range strings.Lines(string(out)) {
			word, _, _ := strings.Cut(strings.TrimSuffix(offer, "\n"), "\t")
			got += word + "|"
		}
		if got != want {
			t.Errorf("vialambda %s: got %q, want %q", line, got, want)
		}
	}
}

// TestShells has each shell that is installed read its completion.
func TestShells(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		t.Run(shell, func(t *testing.T) {
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skip("not installed")
			}
			var script, problems bytes.Buffer
			if code := run(t.Context(), []string{"completion", shell}, strings.NewReader(""), &script, &problems); code != exitOK {
				t.Fatalf("exit code %d: %s", code, &problems)
			}
			file := filepath.Join(t.TempDir(), "completion")
			if err := os.WriteFile(file, script.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.CommandContext(t.Context(), path, "-n", file).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// self makes this test's own program runnable as vialambda: see TestMain.
func self(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "vialambda")
	if err := os.Symlink(exe, name); err != nil {
		t.Skip(err)
	}
	if out, err := exec.CommandContext(t.Context(), name, "version").Output(); err != nil || !bytes.HasPrefix(out, []byte("vialambda ")) {
		t.Fatalf("%s is not the command: %q, %v", name, out, err)
	}
	return name
}

func sectionOf(t *testing.T, manual, name string) string {
	t.Helper()
	_, after, ok := strings.Cut(manual, `.SH "`+name+"\"\n")
	if !ok {
		t.Fatalf("no section %s", name)
	}
	section, _, _ := strings.Cut(after, "\n.SH ")
	return section
}
