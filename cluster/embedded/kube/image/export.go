package main

import (
	"archive/tar"
	"encoding/json"
	"io"
	"os"
)

// export writes an OCI image layout with the named images as a tar stream. A blob that several images share is written
// once.
func export(s store, names []string, to io.Writer) error {
	out := tar.NewWriter(to)
	top := index{2, indexType, nil}
	written := map[string]bool{}
	for _, name := range names {
		digest, found, err := s.manifest(name)
		if err != nil {
			return err
		}
		blobs := []string{digest, found.Config.Digest}
		for _, layer := range found.Layers {
			blobs = append(blobs, layer.Digest)
		}
		for _, blob := range blobs {
			if err := s.exportBlob(out, blob, written); err != nil {
				return err
			}
		}
		size, err := os.Stat(s.blob(digest))
		if err != nil {
			return err
		}
		top.Manifests = append(top.Manifests, descriptor{
			MediaType: manifestType, Digest: digest, Size: size.Size(),
			Platform:    &platform{"amd64", "linux"},
			Annotations: map[string]string{"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name},
		})
	}
	content, err := json.Marshal(top)
	if err != nil {
		return err
	}
	if err := writeBytes(out, "index.json", content); err != nil {
		return err
	}
	if err := writeBytes(out, "oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`)); err != nil {
		return err
	}
	return out.Close()
}

func (s store) exportBlob(out *tar.Writer, digest string, written map[string]bool) error {
	if written[digest] {
		return nil
	}
	written[digest] = true
	info, err := os.Stat(s.blob(digest))
	if err != nil {
		return err
	}
	name := "blobs/sha256/" + info.Name()
	return writeFile(out, &tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: info.Size()}, s.blob(digest))
}

func writeBytes(out *tar.Writer, name string, content []byte) error {
	if err := out.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := out.Write(content)
	return err
}
