package agent

import (
	"context"
	"errors"
	"os/signal"
	"syscall"
	"testing"
)

func TestASignalIsNotAnErrorButALostSocketIs(t *testing.T) {
	asked, ignore := signal.NotifyContext(t.Context(), syscall.SIGUSR1)
	defer ignore()
	ctx, stop := context.WithCancelCause(asked)
	lost := errors.New("socket lost")
	stop(lost)
	if err := reasonToEnd(asked, ctx); !errors.Is(err, lost) {
		t.Errorf("%v", err)
	}
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	<-asked.Done()
	ctx, stop = context.WithCancelCause(asked)
	defer stop(nil)
	if err := reasonToEnd(asked, ctx); err != nil {
		t.Errorf("after a signal it returns %v", err)
	}
}
