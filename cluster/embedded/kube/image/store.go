package main

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// The parts of the OCI image format (https://github.com/opencontainers/image-spec) that this program writes.

const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar"
	indexType    = "application/vnd.oci.image.index.v1+json"
)

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Platform    *platform         `json:"platform,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

type index struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Manifests     []descriptor `json:"manifests"`
}

type imageConfig struct {
	platform
	Config runConfig `json:"config"`
	RootFS struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
}

type runConfig struct {
	User       string   `json:"User,omitempty"`
	Env        []string `json:"Env,omitempty"`
	Entrypoint []string `json:"Entrypoint,omitempty"`
	Cmd        []string `json:"Cmd,omitempty"`
	WorkingDir string   `json:"WorkingDir,omitempty"`
}

// image is an image under construction: its layers are stored, its configuration is not.
type image struct {
	config imageConfig
	layers []descriptor
}

// store is a folder with blobs/sha256/<hex> and refs/<escaped name>. A reference holds a manifest's digest.
type store struct{ folder string }

func (s store) blob(digest string) string {
	return filepath.Join(s.folder, "blobs", "sha256", strings.TrimPrefix(digest, "sha256:"))
}

func (s store) ref(name string) string {
	return filepath.Join(s.folder, "refs", url.PathEscape(name))
}

func (s store) resolve(name string) (string, error) {
	digest, err := os.ReadFile(s.ref(name))
	return string(digest), err
}

func (s store) readJSON(digest string, into any) error {
	content, err := os.ReadFile(s.blob(digest))
	if err != nil {
		return err
	}
	return json.Unmarshal(content, into)
}

// base opens the image to build on; "" is the empty image.
func (s store) base(name string) (*image, error) {
	built := &image{config: imageConfig{platform: platform{"amd64", "linux"}}}
	built.config.RootFS.Type = "layers"
	if name == "" {
		return built, nil
	}
	_, from, err := s.manifest(name)
	if err != nil {
		return nil, err
	}
	built.layers = from.Layers
	return built, s.readJSON(from.Config.Digest, &built.config)
}

func (s store) manifest(name string) (digest string, found manifest, err error) {
	if digest, err = s.resolve(name); err == nil {
		err = s.readJSON(digest, &found)
	}
	return digest, found, err
}

// addLayer stores the layer uncompressed: it never leaves this machine, and its digest is then its diff ID too.
func (i *image) addLayer(s store, content layer) error {
	written, err := s.write(layerType, func(out io.Writer) error {
		archive := tar.NewWriter(out)
		if err := content.write(archive); err != nil {
			return err
		}
		return archive.Close()
	})
	if err != nil {
		return err
	}
	i.layers = append(i.layers, written)
	i.config.RootFS.DiffIDs = append(i.config.RootFS.DiffIDs, written.Digest)
	return nil
}

func (s store) save(name string, built *image) (string, error) {
	config, err := s.writeJSON(configType, built.config)
	if err != nil {
		return "", err
	}
	top, err := s.writeJSON(manifestType, manifest{2, manifestType, config, built.layers})
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Join(s.folder, "refs"), 0o755); err != nil {
		return "", err
	}
	temporary := s.ref(name) + ".new"
	if err := os.WriteFile(temporary, []byte(top.Digest), 0o644); err != nil {
		return "", err
	}
	return top.Digest, os.Rename(temporary, s.ref(name))
}

func (s store) writeJSON(mediaType string, value any) (descriptor, error) {
	return s.write(mediaType, func(out io.Writer) error { return json.NewEncoder(out).Encode(value) })
}

// write stores the output of fill under its digest. A blob appears complete or not at all.
func (s store) write(mediaType string, fill func(io.Writer) error) (descriptor, error) {
	folder := filepath.Join(s.folder, "blobs", "sha256")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return descriptor{}, err
	}
	file, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return descriptor{}, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	hash := sha256.New()
	if err := fill(io.MultiWriter(file, hash)); err != nil {
		return descriptor{}, err
	}
	size, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return descriptor{}, err
	}
	digest := fmt.Sprintf("sha256:%x", hash.Sum(nil))
	return descriptor{MediaType: mediaType, Digest: digest, Size: size}, os.Rename(file.Name(), s.blob(digest))
}
