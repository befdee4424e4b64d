package locallambda

import (
	"encoding/binary"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// stamp is a checksum of what identifies the program on disk: size, time of
// modification and inode of the executable and of the files that Watch names. It
// is cheap enough to be taken at every invocation, which needs no watcher, no
// delay to let writes settle, and never restarts what nobody calls.
func (c *Command) stamp() uint64 {
	sum := fnv.New64a()
	add := func(path string) {
		var fields [24]byte
		if info, err := os.Stat(path); err == nil {
			binary.LittleEndian.PutUint64(fields[0:], uint64(info.Size()))
			binary.LittleEndian.PutUint64(fields[8:], uint64(info.ModTime().UnixNano()))
			binary.LittleEndian.PutUint64(fields[16:], inode(info))
		}
		sum.Write(fields[:])
	}
	if len(c.Args) > 0 {
		add(c.program())
	}
	for _, pattern := range c.Watch {
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(c.Dir, pattern)
		}
		if !strings.ContainsAny(pattern, `*?[`) {
			add(pattern)
			continue
		}
		files, _ := filepath.Glob(pattern) // a bad pattern matches nothing
		for _, file := range files {
			add(file)
		}
	}
	return sum.Sum64()
}

// program is the path of the executable, as os/exec finds it.
func (c *Command) program() string {
	program := c.Args[0]
	if filepath.Base(program) == program {
		if found, err := exec.LookPath(program); err == nil {
			return found
		}
		return program
	}
	if !filepath.IsAbs(program) {
		return filepath.Join(c.Dir, program)
	}
	return program
}
