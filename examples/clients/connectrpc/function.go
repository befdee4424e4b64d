package connectrpc

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"connectrpc.com/connect"

	ordersv1 "github.com/vialambda/vialambda/examples/clients/connectrpc/orders/v1"
	"github.com/vialambda/vialambda/examples/clients/connectrpc/orders/v1/ordersv1connect"
)

// NewFunction returns the service as the net/http handler that connect makes of
// it. On Lambda it runs behind an adapter for those; for WatchItem behind one that
// streams, such as Lambda Web Adapter or lambdaurl of aws-lambda-go.
func NewFunction() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(ordersv1connect.NewOrdersHandler(&service{cents: map[string]int64{}, changed: make(chan struct{})}))
	return mux
}

type service struct {
	ordersv1connect.UnimplementedOrdersHandler

	mu      sync.Mutex
	cents   map[string]int64
	changed chan struct{} // closed and replaced at each change
}

func (s *service) GetItem(_ context.Context, r *ordersv1.GetItemRequest) (*ordersv1.Item, error) {
	cents, ok, _ := s.look(r.Id)
	if !ok {
		return nil, connect.NewError(connect.CodeNotFound, errors.New("there is no "+r.Id))
	}
	return &ordersv1.Item{Id: r.Id, Cents: cents}, nil
}

func (s *service) AddItem(_ context.Context, item *ordersv1.Item) (*ordersv1.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cents[item.Id] += item.Cents
	close(s.changed)
	s.changed = make(chan struct{})
	return &ordersv1.Item{Id: item.Id, Cents: s.cents[item.Id]}, nil
}

// WatchItem ends when the item costs 100 cents.
func (s *service) WatchItem(ctx context.Context, r *ordersv1.GetItemRequest, out *connect.ServerStream[ordersv1.Item]) error {
	told := int64(-1)
	for told != 100 {
		cents, _, changed := s.look(r.Id)
		if cents != told {
			if err := out.Send(&ordersv1.Item{Id: r.Id, Cents: cents}); err != nil {
				return err
			}
			told = cents
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (s *service) AddItems(ctx context.Context, in *connect.ClientStream[ordersv1.Item]) (*ordersv1.Item, error) {
	sum := &ordersv1.Item{Id: "sum"}
	for in.Receive() {
		sum.Cents += in.Msg().Cents
		if _, err := s.AddItem(ctx, in.Msg()); err != nil {
			return nil, err
		}
	}
	return sum, in.Err()
}

func (s *service) look(id string) (cents int64, ok bool, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cents, ok = s.cents[id]
	return cents, ok, s.changed
}
