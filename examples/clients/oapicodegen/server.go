package orders

import (
	"context"
	"net/http"
	"sync"
)

// NewFunction returns a server that keeps items in memory. On Lambda it runs
// behind any adapter for net/http.
func NewFunction() http.Handler {
	return Handler(NewStrictHandler(&shelf{items: map[string]Item{}, added: map[string]bool{}}, nil))
}

// shelf implements the StrictServerInterface that was generated.
type shelf struct {
	mu    sync.Mutex
	items map[string]Item
	added map[string]bool // by Idempotency-Key
}

// AddItem adds an item, once per Idempotency-Key.
func (s *shelf) AddItem(_ context.Context, r AddItemRequestObject) (AddItemResponseObject, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	item := *r.Body
	if key := r.Params.IdempotencyKey; key != nil {
		if s.added[*key] {
			return AddItem201JSONResponse(s.items[item.Id]), nil
		}
		s.added[*key] = true
	}
	item.Cents += s.items[item.Id].Cents
	s.items[item.Id] = item
	return AddItem201JSONResponse(item), nil
}

// GetItem returns an item, with the tags that were asked for.
func (s *shelf) GetItem(_ context.Context, r GetItemRequestObject) (GetItemResponseObject, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	item, ok := s.items[r.Id]
	if !ok {
		return GetItem404Response{}, nil
	}
	item.Tags = r.Params.Tag
	return GetItem200JSONResponse(item), nil
}
