package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/vialambda/vialambda"
)

// Excuse accounts for red cells: every case of Cases, in every format of
// Formats, of every function of Functions. It holds only for a cell in which the
// function, handed AWS's own test event with the case's request in it, answers
// the same; and every cell that it names must be red.
type Excuse struct {
	Functions []string `json:"functions"`
	Formats   []string `json:"formats"`
	Cases     []string `json:"cases"`
	// Cause says what the adapter, or the format itself, does.
	Cause string `json:"cause"`
	// Source is the issue, the source line or the document that shows it.
	Source string `json:"source"`
}

type cellKey struct {
	function string
	format   vialambda.Format
	name     string
}

// readExcuses reads the file of excuses and spreads it over the cells.
func readExcuses(file string) (map[cellKey]*Excuse, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var list []*Excuse
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&list); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	cells := map[cellKey]*Excuse{}
	for i, e := range list {
		if e.Cause == "" || e.Source == "" {
			return nil, fmt.Errorf("%s: excuse %d has no cause or no source", file, i+1)
		}
		for _, function := range e.Functions {
			for _, formatName := range e.Formats {
				format, err := vialambda.ParseFormat(formatName)
				if err != nil {
					return nil, fmt.Errorf("%s: excuse %d: %w", file, i+1, err)
				}
				for _, name := range e.Cases {
					key := cellKey{function, format, name}
					if cells[key] != nil {
						return nil, fmt.Errorf("%s: two excuses for %s, %s, %s", file, function, formatName, name)
					}
					cells[key] = e
				}
			}
		}
	}
	return cells, nil
}

// unknownCells are the keys of excuses that no row of the matrix has.
func unknownCells(excuses map[cellKey]*Excuse, rows []Function, cases []string) []string {
	var unknown []string
	for key := range excuses {
		ok := slices.Contains(cases, key.name) && slices.ContainsFunc(rows, func(fn Function) bool {
			return fn.Name == key.function && slices.Contains(fn.Formats, key.format) && fn.NotServed[key.name] == ""
		})
		if !ok {
			unknown = append(unknown, fmt.Sprintf("%s, %s, %s", key.function, key.format, key.name))
		}
	}
	slices.Sort(unknown)
	return unknown
}
