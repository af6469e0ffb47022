package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/skel"

	"careplane.dev/cluster/policy/claims"
)

func arguments(t *testing.T, previous string) (*skel.CmdArgs, claims.Folder, string) {
	t.Helper()
	folder, socket := filepath.Join(t.TempDir(), "claims"), filepath.Join(t.TempDir(), "agent.sock")
	config := fmt.Sprintf(`{"cniVersion":"1.0.0","name":"pods","type":"policy-cni","socket":%q,"claims":%q%s}`, socket, folder, previous)
	args := "IgnoreUnknown=1;K8S_POD_NAMESPACE=x;K8S_POD_NAME=a;K8S_POD_UID=uid-a"
	return &skel.CmdArgs{ContainerID: "sandbox", Args: args, StdinData: []byte(config)}, claims.Folder(folder), socket
}

const bridged = `,"prevResult":{"cniVersion":"1.0.0","ips":[{"address":"10.0.0.7/24"}]}`

// agent answers on the socket with a status and returns the paths of its requests.
func agent(t *testing.T, socket string, status int) chan string {
	t.Helper()
	asked := make(chan string, 10)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		asked <- request.Method + " " + request.URL.Path
		response.WriteHeader(status)
		fmt.Fprint(response, "not in the rules yet")
	})}
	t.Cleanup(func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	return asked
}

// silently keeps the plugin's output out of the test's output.
func silently(t *testing.T) {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := os.Stdout
	os.Stdout = null
	t.Cleanup(func() { os.Stdout = out })
}

func TestAPodStartsAfterTheAgentKnowsItsAddress(t *testing.T) {
	silently(t)
	args, folder, socket := arguments(t, bridged)
	asked := agent(t, socket, http.StatusOK)
	if err := add(args); err != nil {
		t.Fatal(err)
	}
	if got := <-asked; got != "POST /pods/uid-a" {
		t.Error(got)
	}
	if found, err := folder.ByPod(); err != nil || found["uid-a"].Address.String() != "10.0.0.7" {
		t.Errorf("%v %v", found, err)
	}
}

func TestAPodDoesNotStartWhenItsRulesAreNotInForce(t *testing.T) {
	args, _, socket := arguments(t, bridged)
	agent(t, socket, http.StatusServiceUnavailable)
	if err := add(args); err == nil || !strings.Contains(err.Error(), "not in the rules yet") {
		t.Errorf("%v", err)
	}
}

func TestAPodIsRemovedWhileTheAgentIsDown(t *testing.T) {
	args, folder, _ := arguments(t, bridged)
	if err := folder.Write(claims.Claim{Container: "sandbox", Pod: "uid-a"}); err != nil {
		t.Fatal(err)
	}
	if err := remove(args); err != nil {
		t.Fatal(err)
	}
	if found, err := folder.ByPod(); err != nil || len(found) != 0 {
		t.Errorf("%v %v", found, err)
	}
}

func TestAPodWithoutAnAddressIsRefused(t *testing.T) {
	args, _, _ := arguments(t, "")
	if err := add(args); err == nil || !strings.Contains(err.Error(), "must come after") {
		t.Errorf("%v", err)
	}
}
