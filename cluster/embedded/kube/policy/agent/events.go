package agent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// The operator selects the agent's events by this controller name.
const (
	WouldBlock = "WouldBlock"
	Observes   = "Observes"
	Controller = "careplane.dev/policy-agent"
)

// Events records lines as events.k8s.io events: one for each line, and a series that counts repetitions.
type Events struct {
	Client kubernetes.Interface
	// Node is the reporting instance.
	Node string
}

// Record writes one event. Its name is derived from the line, so that a restarted agent continues the same series.
func (e Events) Record(ctx context.Context, line Line, at time.Time) error {
	events := e.Client.EventsV1().Events(line.Policy.Namespace)
	event := e.event(line, at)
	_, err := events.Create(ctx, event, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	found, err := events.Get(ctx, event.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]any{"series": next(found.Series, at)})
	if err != nil {
		return err
	}
	_, err = events.Patch(ctx, event.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// next counts up. An event without a series has happened once.
func next(series *eventsv1.EventSeries, at time.Time) eventsv1.EventSeries {
	count := int32(1)
	if series != nil {
		count = series.Count
	}
	return eventsv1.EventSeries{Count: count + 1, LastObservedTime: metav1.NewMicroTime(at)}
}

func (e Events) event(line Line, at time.Time) *eventsv1.Event {
	reason, kind := WouldBlock, corev1.EventTypeWarning
	if line.Note == Observing {
		reason, kind = Observes, corev1.EventTypeNormal
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s", line.Policy.UID, line.Note))
	return &eventsv1.Event{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: line.Policy.Namespace,
			Name:      fmt.Sprintf("%.200s.%s", line.Policy.Name, hex.EncodeToString(sum[:8])),
		},
		EventTime:           metav1.NewMicroTime(at),
		ReportingController: Controller,
		ReportingInstance:   e.Node,
		Action:              "Observe",
		Reason:              reason,
		Regarding: corev1.ObjectReference{
			APIVersion: "networking.k8s.io/v1",
			Kind:       "NetworkPolicy",
			Namespace:  line.Policy.Namespace,
			Name:       line.Policy.Name,
			UID:        line.Policy.UID,
		},
		Note: line.Note,
		Type: kind,
	}
}
