package serve

import (
	"context"
	"errors"
	"sync"
	"time"
)

// clients are the Clients of the Accounts in use, one each. The zero value has none.
type clients struct {
	mu sync.Mutex
	of map[Account]*Client
}

// get returns the Client of a, made by connect if there is none.
func (k *clients) get(ctx context.Context, a Account, connect func(context.Context, Account) (*Client, error)) (*Client, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if known := k.of[a]; known != nil {
		return known, nil
	}
	made, err := connect(ctx, a)
	if err != nil {
		return nil, err
	}
	if k.of == nil {
		k.of = map[Account]*Client{}
	}
	k.of[a] = made
	return made, nil
}

// known returns the Client of a; nil if there is none.
func (k *clients) known(a Account) *Client {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.of[a]
}

// keep forgets the Clients that no target of c calls with, and closes their idle
// connections. Requests under way end as they began.
func (k *clients) keep(c *Config) {
	used := map[Account]bool{}
	for _, t := range c.Targets {
		used[c.account(t)] = true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for a, client := range k.of {
		if used[a] {
			continue
		}
		delete(k.of, a)
		if i, ok := client.Invoker.(interface{ CloseIdleConnections() }); ok {
			i.CloseIdleConnections()
		}
	}
}

// credentialsTime is how long credentials may take to be obtained for a gateway to
// count as ready.
const credentialsTime = 3 * time.Second

// usable returns nil if the credentials of one Client can be obtained, or if it
// needs none: one role that cannot be assumed must not take the targets of the
// others out of service. AWS is not asked whether it takes them.
func (k *clients) usable(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, credentialsTime)
	defer cancel() // of those that still wait
	k.mu.Lock()
	obtained := make(chan error, len(k.of))
	for _, client := range k.of {
		if client.Credentials == nil {
			obtained <- nil
			continue
		}
		go func() {
			_, err := client.Credentials.Retrieve(ctx)
			obtained <- err
		}()
	}
	k.mu.Unlock()
	var errs []error
	for range cap(obtained) {
		err := <-obtained
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
