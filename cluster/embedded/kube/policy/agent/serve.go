package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Longest that a pod waits for the rules; then the kubelet retries.
const longestWait = 10 * time.Second

// Serve answers root on a Unix socket until the context ends: `GET /healthz`, and policy-cni's `POST /pods/<uid>`,
// which returns when the rules in force contain the pod.
func Serve(ctx context.Context, socket string, loop *Loop, health *Health) error {
	// A killed agent leaves its socket.
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		return err
	}
	routes := http.NewServeMux()
	routes.Handle("GET /healthz", health)
	routes.HandleFunc("POST /pods/{uid}", func(response http.ResponseWriter, request *http.Request) {
		waiting, stop := context.WithTimeout(request.Context(), longestWait)
		defer stop()
		if err := loop.Await(waiting, types.UID(request.PathValue("uid"))); err != nil {
			http.Error(response, err.Error(), http.StatusServiceUnavailable)
		}
	})
	routes.HandleFunc("POST /changed", func(http.ResponseWriter, *http.Request) { loop.Changed() })
	server := &http.Server{Handler: routes, ReadHeaderTimeout: time.Second}
	stopped := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stopped()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("socket %s: %w", socket, err)
	}
	return nil
}
