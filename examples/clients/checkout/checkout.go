// Package checkout is a small service that calls two functions, prices and
// orders, and whose tests need neither AWS nor a network: its http.Client is given
// to it, and in the tests that client ends in package locallambda.
package checkout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/vialambda/vialambda"
)

// Service answers POST /checkout, with an [Order] as its body, and GET /events.
// It is safe for concurrent use.
type Service struct {
	// Client reaches http+lambda:// URLs: in production
	//
	//	&http.Client{Transport: &vialambda.Transport{
	//		Invoker: awslambda.New(cfg),
	//		Targets: checkout.Targets(),
	//	}}
	Client *http.Client
}

// Targets is how the service's functions are called. Tests use the same.
func Targets() vialambda.Targets {
	return vialambda.Targets{
		"orders": {Function: "orders", Qualifier: "prod", Format: vialambda.HTTPAPI},
		"events": {Function: "events", Format: vialambda.FunctionURL, Mode: vialambda.Stream},
	}
}

// Order is what is bought.
type Order struct {
	ID       string `json:"id"`
	Item     string `json:"item"`
	Quantity int    `json:"quantity"`
	Cents    int    `json:"cents"` // of all of them; filled by the service
}

// ServeHTTP answers r.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var err error
	switch {
	case r.Method == "POST" && r.URL.Path == "/checkout":
		err = s.checkout(w, r)
	case r.Method == "GET" && r.URL.Path == "/events":
		err = s.events(w, r)
	default:
		http.NotFound(w, r)
	}
	if err != nil {
		fail(w, err)
	}
}

// checkout asks for the price, then places the order, once.
func (s *Service) checkout(w http.ResponseWriter, r *http.Request) error {
	var order Order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&order); err != nil {
		return &statusError{http.StatusBadRequest, err}
	}
	var price struct{ Cents int }
	if err := s.call(r, "GET", "http+lambda://prices/items/"+url.PathEscape(order.Item), nil, &price); err != nil {
		return fmt.Errorf("prices: %w", err)
	}
	order.Cents = price.Cents * order.Quantity
	if err := s.call(r, "POST", "http+lambda://orders/orders", order, &order); err != nil {
		return fmt.Errorf("orders: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(order)
}

// call sends in to a function and decodes its answer into out.
func (s *Service) call(r *http.Request, method, url string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(r.Context(), method, url, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return &statusError{resp.StatusCode, errors.New(resp.Status)}
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

// events passes the function's events on as they come. When they break off, so
// does the answer.
func (s *Service) events(w http.ResponseWriter, r *http.Request) error {
	req, err := http.NewRequestWithContext(r.Context(), "GET", "http+lambda://events/", nil)
	if err != nil {
		return err
	}
	resp, err := s.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
	out := http.NewResponseController(w)
	piece := make([]byte, 4<<10)
	for {
		n, err := resp.Body.Read(piece)
		if _, failed := w.Write(piece[:n]); failed != nil {
			return nil // the client has gone
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			panic(http.ErrAbortHandler) // a clean end would be a lie
		}
		if err := out.Flush(); err != nil {
			return nil
		}
	}
}

// statusError is an error that has a status of its own.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }

// fail answers with what this service's clients may know of err.
func fail(w http.ResponseWriter, err error) {
	status := http.StatusBadGateway
	if own, ok := errors.AsType[*statusError](err); ok && own.status < 500 {
		status = own.status
	} else if failed, ok := errors.AsType[*vialambda.FunctionError](err); ok && failed.Timeout() {
		status = http.StatusGatewayTimeout
	} else if refused, ok := errors.AsType[*vialambda.InvokeError](err); ok && refused.Status == http.StatusTooManyRequests {
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(refused.RetryAfter.Seconds()))))
	}
	http.Error(w, http.StatusText(status), status)
}
