// policy-agent enforces the cluster's NetworkPolicies on its node (package policy/agent). It runs in the network
// namespace of the node and filters its packets.
package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"careplane.dev/cluster/policy/agent"
	"careplane.dev/cluster/policy/claims"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	node := flag.String("node", "", "name of the node, for events")
	socket := flag.String("socket", "", "Unix socket to answer on")
	folder := flag.String("claims", "", "folder in which policy-cni leaves the addresses of pods that start")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, *kubeconfig, agent.Settings{Node: *node, Socket: *socket, Claims: claims.Folder(*folder)}); err != nil {
		slog.Error("policy-agent stops; its rules stay in the kernel", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kubeconfig string, settings agent.Settings) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.UserAgent = "policy-agent"
	if settings.Client, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	return agent.Run(ctx, settings)
}
