package claims

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

func write(t *testing.T, folder Folder, container string, pod types.UID, address string, second int64) {
	t.Helper()
	claim := Claim{Container: container, Pod: pod, Address: netip.MustParseAddr(address), Since: time.Unix(second, 0)}
	if err := folder.Write(claim); err != nil {
		t.Fatal(err)
	}
}

func TestThePodsLatestSandboxHasItsAddress(t *testing.T) {
	folder := Folder(filepath.Join(t.TempDir(), "claims"))
	write(t, folder, "new", "a", "10.0.0.2", 2)
	write(t, folder, "old", "a", "10.0.0.1", 1)
	write(t, folder, "other", "b", "10.0.0.3", 1)
	found, err := folder.ByPod()
	if err != nil || len(found) != 2 || found["a"].Address.String() != "10.0.0.2" {
		t.Errorf("%v %v", found, err)
	}
	if err := folder.Remove("new"); err != nil {
		t.Fatal(err)
	}
	if found, _ := folder.ByPod(); found["a"].Address.String() != "10.0.0.1" {
		t.Errorf("%v", found)
	}
}

func TestAMissingClaimIsNoError(t *testing.T) {
	folder := Folder(filepath.Join(t.TempDir(), "none"))
	if found, err := folder.ByPod(); err != nil || len(found) != 0 {
		t.Errorf("%v %v", found, err)
	}
	if err := folder.Remove("none"); err != nil {
		t.Error(err)
	}
}

func TestABrokenClaimDoesNotHideOthers(t *testing.T) {
	folder := Folder(t.TempDir())
	write(t, folder, "good", "a", "10.0.0.1", 1)
	if err := os.WriteFile(filepath.Join(string(folder), "bad.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if found, err := folder.ByPod(); err != nil || len(found) != 1 {
		t.Errorf("%v %v", found, err)
	}
}
