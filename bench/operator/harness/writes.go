package main

import (
	"bufio"
	"bytes"
	"context"
	"strconv"
	"strings"

	"k8s.io/client-go/kubernetes"
)

var writing = []string{`verb="APPLY"`, `verb="PATCH"`, `verb="PUT"`, `verb="POST"`, `verb="DELETE"`}

// writesOf is the number of writes that the API server has accepted from all clients, without leases, which never stop.
func writesOf(ctx context.Context, client *kubernetes.Clientset) (float64, error) {
	text, err := client.RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	if err != nil {
		return 0, err
	}
	total := 0.0
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if !strings.HasPrefix(line, "apiserver_request_total{") || strings.Contains(line, `resource="leases"`) || !isWrite(line) {
			continue
		}
		value, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			return 0, err
		}
		total += value
	}
	return total, lines.Err()
}

func isWrite(line string) bool {
	for _, verb := range writing {
		if strings.Contains(line, verb) {
			return true
		}
	}
	return false
}
