package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A younger blob may belong to an image that is being built and has no reference yet.
const minimumAge = time.Hour

// collect deletes the blobs that no reference reaches.
func (s store) collect() error {
	needed, err := s.neededBlobs()
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(s.folder, "blobs", "sha256"))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || needed["sha256:"+entry.Name()] || time.Since(info.ModTime()) < minimumAge {
			continue
		}
		if err := os.Remove(s.blob(entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (s store) neededBlobs() (map[string]bool, error) {
	needed := map[string]bool{}
	references, err := os.ReadDir(filepath.Join(s.folder, "refs"))
	if err != nil {
		return nil, err
	}
	for _, reference := range references {
		name, err := url.PathUnescape(reference.Name())
		if err != nil || strings.HasSuffix(name, ".new") {
			continue
		}
		digest, found, err := s.manifest(name)
		if err != nil {
			return nil, err
		}
		needed[digest], needed[found.Config.Digest] = true, true
		for _, layer := range found.Layers {
			needed[layer.Digest] = true
		}
	}
	return needed, nil
}
