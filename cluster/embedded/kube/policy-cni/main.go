// policy-cni is the last CNI plugin of the pods' network. It tells policy-agent the pod's address and returns when the
// rules in force contain the pod. So no pod runs before its own and other pods' policies apply to it.
//
// https://www.cni.dev/docs/spec/
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/containernetworking/cni/pkg/skel"
	cni "github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/version"
	"k8s.io/apimachinery/pkg/types"

	"careplane.dev/cluster/policy/claims"
)

// configuration is the plugin's part of the CNI network configuration.
type configuration struct {
	cni.NetConf
	Socket string `json:"socket"`
	Claims string `json:"claims"`
}

// podArguments are what the container runtime passes about the pod in CNI_ARGS.
type podArguments struct {
	cni.CommonArgs
	// The runtime's name for the argument; the CNI library matches it with the field's name.
	K8S_POD_UID cni.UnmarshallableString
}

// Longer than the supervisor needs to restart the agent, shorter than the kubelet's timeout.
const callTimeout = 15 * time.Second

func main() {
	functions := skel.CNIFuncs{Add: add, Del: remove, Check: func(*skel.CmdArgs) error { return nil }}
	skel.PluginMainFuncs(functions, version.PluginSupports("0.4.0", "1.0.0", "1.1.0"), "policy-cni: no pod starts before its NetworkPolicies are in force")
}

func add(args *skel.CmdArgs) error {
	config, result, err := read(args.StdinData)
	if err != nil {
		return err
	}
	pod, err := podOf(args.Args)
	if err != nil {
		return err
	}
	address, err := ipv4Of(result)
	if err != nil {
		return err
	}
	claim := claims.Claim{Container: args.ContainerID, Pod: pod, Address: address, Since: time.Now()}
	if err := claims.Folder(config.Claims).Write(claim); err != nil {
		return fmt.Errorf("claim of %s: %w", address, err)
	}
	if err := call(config.Socket, "/pods/"+string(pod)); err != nil {
		return fmt.Errorf("the NetworkPolicies of the pod are not in force (is policy-agent running? See its log): %w", err)
	}
	return cni.PrintResult(result, config.CNIVersion)
}

// remove does not fail when the agent is down: a pod must be deletable.
func remove(args *skel.CmdArgs) error {
	config := configuration{}
	if err := json.Unmarshal(args.StdinData, &config); err != nil {
		return err
	}
	if err := claims.Folder(config.Claims).Remove(args.ContainerID); err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	// An agent that is down reads the folder when it starts.
	_ = post(ctx, client(config.Socket), "/changed")
	return nil
}

func read(text []byte) (configuration, *current.Result, error) {
	config := configuration{}
	if err := json.Unmarshal(text, &config); err != nil {
		return config, nil, err
	}
	if err := version.ParsePrevResult(&config.NetConf); err != nil {
		return config, nil, err
	}
	if config.PrevResult == nil {
		return config, nil, errors.New("policy-cni must come after the plugin that gives the pod its address")
	}
	result, err := current.NewResultFromResult(config.PrevResult)
	return config, result, err
}

func podOf(text string) (types.UID, error) {
	arguments := podArguments{CommonArgs: cni.CommonArgs{IgnoreUnknown: true}}
	if err := cni.LoadArgs(text, &arguments); err != nil {
		return "", err
	}
	if arguments.K8S_POD_UID == "" {
		return "", errors.New("the container runtime does not tell the pod's uid (K8S_POD_UID)")
	}
	return types.UID(arguments.K8S_POD_UID), nil
}

func ipv4Of(result *current.Result) (netip.Addr, error) {
	for _, one := range result.IPs {
		if address, ok := netip.AddrFromSlice(one.Address.IP); ok && address.Unmap().Is4() {
			return address.Unmap(), nil
		}
	}
	return netip.Addr{}, errors.New("the pod was given no IPv4 address")
}

func client(socket string) *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial}}
}

// call posts until the agent answers: the supervisor may be restarting it.
func call(socket, path string) error {
	ctx, stop := context.WithTimeout(context.Background(), callTimeout)
	defer stop()
	for {
		err := post(ctx, client(socket), path)
		away := errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOENT) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
		if !away {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func post(ctx context.Context, client *http.Client, path string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://policy-agent"+path, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4096))
	if err == nil && response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", response.Status, bytes.TrimSpace(body))
	}
	return err
}
