// Package claims is the folder in which policy-cni tells policy-agent which pod got which address.
package claims

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Claim is an address that the network has assigned to a pod. policy-cni writes it as a file before the pod's first
// program starts, and deletes it when the address is released. The API learns of the address a second later, or never
// if the kubelet dies.
type Claim struct {
	Container string     `json:"container"`
	Pod       types.UID  `json:"pod"`
	Address   netip.Addr `json:"address"`
	Since     time.Time  `json:"since"`
}

// Folder holds the claims, one file for each pod sandbox.
type Folder string

// Write adds a claim atomically.
func (f Folder) Write(claim Claim) error {
	text, err := json.Marshal(claim)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	path := f.path(claim.Container)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// Remove deletes a claim; a claim that does not exist is no error.
func (f Folder) Remove(container string) error {
	if err := os.Remove(f.path(container)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// ByPod returns the latest claim of each pod. It logs and skips unreadable files: one broken file must not block the
// rules of all other pods.
func (f Folder) ByPod() (map[types.UID]Claim, error) {
	entries, err := os.ReadDir(string(f))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("claims of addresses: %w", err)
	}
	latest := map[types.UID]Claim{}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".json") {
			continue
		}
		claim, err := read(filepath.Join(string(f), entry.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			slog.Error("cannot read the claim of an address", "error", err)
			continue
		}
		if other, known := latest[claim.Pod]; !known || claim.Since.After(other.Since) {
			latest[claim.Pod] = claim
		}
	}
	return latest, nil
}

func (f Folder) path(container string) string {
	return filepath.Join(string(f), filepath.Base(container)+".json")
}

func read(path string) (Claim, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Claim{}, err
	}
	var claim Claim
	if err := json.Unmarshal(text, &claim); err != nil {
		return Claim{}, fmt.Errorf("%s: %w", path, err)
	}
	return claim, nil
}
