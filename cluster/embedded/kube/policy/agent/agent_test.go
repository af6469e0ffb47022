package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"careplane.dev/cluster/policy"
	"careplane.dev/cluster/policy/nft"
	"careplane.dev/cluster/policy/policytest"
)

// kernelDouble records the rulesets that it is given, and fails as often as the test says.
type kernelDouble struct {
	lock     sync.Mutex
	failures int
	applied  []policy.Ruleset
	forgot   []netip.Addr
	// How many calls of Forget fail.
	forgetFailures int
}

func (k *kernelDouble) Apply(_ context.Context, ruleset policy.Ruleset) (bool, error) {
	k.lock.Lock()
	defer k.lock.Unlock()
	if k.failures > 0 {
		k.failures--
		return false, errors.New("nft is out of order")
	}
	k.applied = append(k.applied, ruleset)
	return true, nil
}

func (k *kernelDouble) Verify(context.Context) (bool, error) { return true, nil }

func (k *kernelDouble) Forget(_ context.Context, addresses []netip.Addr) error {
	k.lock.Lock()
	defer k.lock.Unlock()
	k.forgot = append(k.forgot, addresses...)
	if k.forgetFailures > 0 {
		k.forgetFailures--
		return errors.New("conntrack is out of order")
	}
	return nil
}

// world is a source that tests change.
type world struct {
	lock     sync.Mutex
	snapshot policy.Snapshot
}

func (w *world) read() (policy.Snapshot, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.snapshot, nil
}

func (w *world) add(pod policy.Pod) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.snapshot.Pods = append(slices.Clone(w.snapshot.Pods), pod)
}

// start runs a loop and returns when the first rules are in force.
func start(t *testing.T, kernel *kernelDouble, source *world) (*Loop, chan policy.Ruleset, *Health) {
	t.Helper()
	health := &Health{}
	loop := NewLoop(kernel, source.read, health)
	applied := make(chan policy.Ruleset, 100)
	go loop.Run(t.Context(), func(ruleset policy.Ruleset, _ []policy.Pod) { applied <- ruleset })
	<-applied
	return loop, applied, health
}

func TestABurstOfChangesIsOneTransaction(t *testing.T) {
	kernel := &kernelDouble{}
	loop, applied, _ := start(t, kernel, &world{snapshot: policytest.World()})
	for range 1000 {
		loop.Changed()
	}
	<-applied
	kernel.lock.Lock()
	defer kernel.lock.Unlock()
	if n := len(kernel.applied); n > 3 {
		t.Errorf("1000 changes at once became %d transactions", n-1)
	}
}

func TestAPodThatStartsWaitsUntilTheRulesKnowIt(t *testing.T) {
	source := &world{snapshot: policytest.World()}
	loop, _, _ := start(t, &kernelDouble{}, source)
	started := make(chan error)
	go func() { started <- loop.Await(t.Context(), "uid-new") }()
	loop.Changed()
	select {
	case <-started:
		t.Fatal("the pod starts before the rules contain it")
	case <-time.After(3 * burst):
	}
	source.add(policy.Pod{Namespace: "x", Name: "new", UID: "uid-new", Address: netip.MustParseAddr("10.66.0.99")})
	loop.Changed()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
}

func TestAnUnknownPodTimesOut(t *testing.T) {
	loop, _, _ := start(t, &kernelDouble{}, &world{snapshot: policytest.World()})
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if err := loop.Await(ctx, "uid-unknown"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestAFailureOfNftIsRetriedAndReportedByHealth(t *testing.T) {
	kernel := &kernelDouble{}
	loop, applied, health := start(t, kernel, &world{snapshot: policytest.World()})
	kernel.lock.Lock()
	kernel.failures = 2
	kernel.lock.Unlock()
	loop.Changed()
	<-applied
	answer := httptest.NewRecorder()
	health.ServeHTTP(answer, nil)
	var state healthState
	if err := json.Unmarshal(answer.Body.Bytes(), &state); err != nil {
		t.Fatal(err)
	}
	if answer.Code != http.StatusOK || state.Failed != 2 || !state.Healthy {
		t.Errorf("%d %+v", answer.Code, state)
	}
	_ = health.failed(errors.New("again"))
	answer = httptest.NewRecorder()
	health.ServeHTTP(answer, nil)
	if answer.Code != http.StatusServiceUnavailable || !strings.Contains(answer.Body.String(), "again") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

func TestTheSocketReleasesAPodAndReplacesAStaleSocket(t *testing.T) {
	loop, _, health := start(t, &kernelDouble{}, &world{snapshot: policytest.World()})
	socket := filepath.Join(t.TempDir(), "agent.sock")
	for range 2 {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- Serve(ctx, socket, loop, health) }()
		waitFor(t, func() bool { return post(socket, "/pods/uid-x-a") == http.StatusOK })
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}

// recorderDouble keeps the lines in memory.
type recorderDouble struct{ lines []string }

func (r *recorderDouble) Record(_ context.Context, line Line, _ time.Time) error {
	r.lines = append(r.lines, line.Policy.String()+": "+line.Note)
	return nil
}

func shadowed(t *testing.T) (*Shadow, *recorderDouble) {
	t.Helper()
	snapshot := policytest.World()
	snapshot.Policies = policytest.Policies(`
metadata: {namespace: x, name: quiet, annotations: {careplane.dev/shadow-spec: '{"podSelector":{},"policyTypes":["Ingress","Egress"]}'}}
spec: {podSelector: {matchLabels: {pod: a}}, policyTypes: [Ingress], ingress: [{}]}
`)
	recorder := &recorderDouble{}
	shadow := NewShadow(recorder)
	shadow.Update(policy.Compile(snapshot), snapshot.Pods)
	return shadow, recorder
}

func flow(direction policy.Direction, from, to string) nft.WouldBlock {
	return nft.WouldBlock{Direction: direction, From: netip.MustParseAddr(from), To: netip.MustParseAddr(to), Protocol: "tcp", Port: 8080}
}

func TestALineIsRecordedAtMostOnceAMinute(t *testing.T) {
	shadow, recorder := shadowed(t)
	began := time.Unix(0, 0)
	// Two flows with the same text: the pods b and c of y belong to the workload b.
	flows := []nft.WouldBlock{flow(policy.Ingress, "10.66.0.5", "10.66.0.1"), flow(policy.Egress, "10.66.0.1", "192.0.2.1")}
	for second := range 121 {
		shadow.Report(t.Context(), flows, began.Add(time.Duration(second)*time.Second))
	}
	want := []string{"x/quiet: ingress from y/b TCP 8080", "x/quiet: egress to 192.0.2.1 TCP 8080"}
	if want := slices.Concat(want, want, want); !slices.Equal(recorder.lines, want) {
		t.Errorf("%q", recorder.lines)
	}
}

func TestADeletedPodKeepsItsNameUntilItsAddressIsReused(t *testing.T) {
	shadow, recorder := shadowed(t)
	shadow.Update(shadow.ruleset, nil)
	shadow.Report(t.Context(), []nft.WouldBlock{flow(policy.Ingress, "10.66.0.5", "10.66.0.1")}, time.Unix(0, 0))
	shadow.Update(shadow.ruleset, []policy.Pod{{Namespace: "z", Workload: "new", Address: netip.MustParseAddr("10.66.0.5")}})
	shadow.Report(t.Context(), []nft.WouldBlock{flow(policy.Ingress, "10.66.0.5", "10.66.0.1")}, time.Unix(1, 0))
	if want := []string{"x/quiet: ingress from y/b TCP 8080", "x/quiet: ingress from z/new TCP 8080"}; !slices.Equal(recorder.lines, want) {
		t.Errorf("%q", recorder.lines)
	}
}

func TestAPortScanDoesNotFloodTheAPI(t *testing.T) {
	shadow, recorder := shadowed(t)
	var flows []nft.WouldBlock
	for port := range uint16(2000) {
		one := flow(policy.Ingress, "10.66.0.5", "10.66.0.1")
		one.Port = port
		flows = append(flows, one)
	}
	shadow.Report(t.Context(), flows, time.Unix(0, 0))
	if len(recorder.lines) != mostLines {
		t.Errorf("%d lines", len(recorder.lines))
	}
}

func TestAPortScanOfOnePodDoesNotSilenceOtherPolicies(t *testing.T) {
	shadow, recorder := shadowed(t)
	shadow.counts[policy.Ref{Namespace: "x", Name: "scanned"}] = mostLines
	shadow.Report(t.Context(), []nft.WouldBlock{flow(policy.Ingress, "10.66.0.5", "10.66.0.1")}, time.Unix(0, 0))
	if want := []string{"x/quiet: ingress from y/b TCP 8080"}; !slices.Equal(recorder.lines, want) {
		t.Errorf("%q", recorder.lines)
	}
}

func TestAShadowPolicyWithoutViolationsIsReportedEveryTenMinutes(t *testing.T) {
	shadow, recorder := shadowed(t)
	began := time.Unix(0, 0)
	for minute := range 21 {
		shadow.Heartbeat(t.Context(), began.Add(time.Duration(minute)*time.Minute))
	}
	one := "x/quiet: " + Observing
	if want := []string{one, one, one}; !slices.Equal(recorder.lines, want) {
		t.Errorf("%q", recorder.lines)
	}
	shadow.Update(policy.Ruleset{}, nil)
	shadow.Heartbeat(t.Context(), began.Add(time.Hour))
	if len(recorder.lines) != 3 {
		t.Errorf("%q", recorder.lines)
	}
}

func TestARepeatedEventIncrementsItsSeries(t *testing.T) {
	server := &eventServer{}
	listening := httptest.NewServer(server)
	defer listening.Close()
	client, err := kubernetes.NewForConfig(&rest.Config{Host: listening.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json"}})
	if err != nil {
		t.Fatal(err)
	}
	events := Events{Client: client, Node: "node-1"}
	line := Line{policy.Ref{Namespace: "clinic", Name: "records", UID: "uid-1"}, "ingress from clinic/gateway TCP 8080"}
	for minute := range 3 {
		if err := events.Record(t.Context(), line, time.Unix(int64(minute)*60, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"POST", "POST", "GET", "PATCH", "POST", "GET", "PATCH"}; !slices.Equal(server.calls, want) {
		t.Errorf("%q", server.calls)
	}
	for path, want := range map[string]any{
		"note": line.Note, "reason": "WouldBlock", "type": "Warning", "action": "Observe",
		"reportingController": "careplane.dev/policy-agent", "reportingInstance": "node-1",
		"regarding.kind": "NetworkPolicy", "regarding.name": "records", "regarding.uid": "uid-1",
		"series.count": 3.0,
	} {
		if got := at(server.event, path); got != want {
			t.Errorf("%s is %v", path, got)
		}
	}
}

// eventServer is an API server that holds one event.
type eventServer struct {
	calls []string
	event map[string]any
}

func (s *eventServer) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	s.calls = append(s.calls, request.Method)
	response.Header().Set("content-type", "application/json")
	switch {
	case request.Method == http.MethodPost && s.event != nil:
		response.WriteHeader(http.StatusConflict)
		fmt.Fprint(response, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"AlreadyExists","code":409}`)
		return
	case request.Method == http.MethodPost:
		_ = json.NewDecoder(request.Body).Decode(&s.event)
	case request.Method == http.MethodPatch:
		patch := map[string]any{}
		_ = json.NewDecoder(request.Body).Decode(&patch)
		s.event["series"] = patch["series"]
	}
	_ = json.NewEncoder(response).Encode(s.event)
}

func at(object map[string]any, path string) any {
	var value any = object
	for _, key := range strings.Split(path, ".") {
		inner, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = inner[key]
	}
	return value
}
