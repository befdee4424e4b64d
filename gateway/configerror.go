package gateway

import (
	"errors"
	"fmt"
)

// ConfigError is a mistake in a [Config]. [New] returns all that it finds, joined
// by errors.Join.
type ConfigError struct {
	// Path says where: "targets.orders", "routes[2].path", "proxy[0]".
	Path string
	// Reason says what is wrong and what to write instead.
	Reason string
}

// Error is one line.
func (e *ConfigError) Error() string { return e.Path + ": " + e.Reason }

// mistakes collects ConfigErrors.
type mistakes struct{ errs []error }

func (m *mistakes) add(path, format string, args ...any) {
	m.errs = append(m.errs, &ConfigError{Path: path, Reason: fmt.Sprintf(format, args...)})
}

func (m *mistakes) err() error { return errors.Join(m.errs...) }
