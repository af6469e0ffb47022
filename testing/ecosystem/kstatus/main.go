// kstatus reads Kubernetes objects from its input, one JSON document after another, and prints for each what
// sigs.k8s.io/cli-utils makes of its status, which is what Helm 4, Flux and kpt go by.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type verdict struct {
	Status  status.Status `json:"status"`
	Message string        `json:"message"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kstatus:", err)
		os.Exit(1)
	}
}

func run(input io.Reader, output io.Writer) error {
	answers := json.NewEncoder(output)
	decoder := json.NewDecoder(input)
	for {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var object unstructured.Unstructured
		// Not the plain decoder: generations have to be integers.
		if err := object.UnmarshalJSON(raw); err != nil {
			return err
		}
		result, err := status.Compute(&object)
		if err != nil {
			return err
		}
		if err := answers.Encode(verdict{Status: result.Status, Message: result.Message}); err != nil {
			return err
		}
	}
}
