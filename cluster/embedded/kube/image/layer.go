package main

import (
	"archive/tar"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// layer is something that can be written as the tar stream of an OCI layer.
type layer interface {
	write(out *tar.Writer) error
}

// diffLayer holds what differs between rootfs and base (everything when base is ""). Two files are equal when type,
// mode, owner, size, time and link target are equal: rootfs is a copy of base, with its times, into which packages were
// installed.
type diffLayer struct{ rootfs, base string }

// The runtime mounts over these folders, so an image leaves them empty.
var runtimeFolders = map[string]bool{"dev": true, "proc": true, "sys": true}

type inode struct{ device, number uint64 }

func (d diffLayer) write(out *tar.Writer) error {
	seen := map[inode]string{}
	err := filepath.WalkDir(d.rootfs, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(d.rootfs, file)
		if name == "." {
			return nil
		}
		if runtimeFolders[filepath.Dir(name)] {
			return skip(entry)
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if d.base != "" && same(file, filepath.Join(d.base, name), info) {
			return nil
		}
		return writeEntry(out, file, name, info, seen)
	})
	if err != nil || d.base == "" {
		return err
	}
	return d.writeWhiteouts(out)
}

// writeWhiteouts marks the files that base has and rootfs lacks (OCI image spec, "Whiteouts").
func (d diffLayer) writeWhiteouts(out *tar.Writer) error {
	return filepath.WalkDir(d.base, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(d.base, file)
		if _, err := os.Lstat(filepath.Join(d.rootfs, name)); err == nil || runtimeFolders[filepath.Dir(name)] {
			return nil
		}
		header := &tar.Header{Name: path.Join(path.Dir(name), ".wh."+path.Base(name)), Typeflag: tar.TypeReg, Mode: 0o644}
		if err := out.WriteHeader(header); err != nil {
			return err
		}
		return skip(entry)
	})
}

func skip(entry fs.DirEntry) error {
	if entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func same(file, baseFile string, info fs.FileInfo) bool {
	other, err := os.Lstat(baseFile)
	if err != nil || other.Mode() != info.Mode() {
		return false
	}
	a, b := info.Sys().(*syscall.Stat_t), other.Sys().(*syscall.Stat_t)
	if a.Uid != b.Uid || a.Gid != b.Gid {
		return false
	}
	if info.IsDir() {
		return true
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, _ := os.Readlink(file)
		baseTarget, _ := os.Readlink(baseFile)
		return target == baseTarget
	}
	return info.Size() == other.Size() && info.ModTime().Equal(other.ModTime())
}

func writeEntry(out *tar.Writer, file, name string, info fs.FileInfo, seen map[inode]string) error {
	if info.Mode()&fs.ModeSocket != 0 {
		return nil
	}
	target := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		target, _ = os.Readlink(file)
	}
	header, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return err
	}
	header.Name, header.Uname, header.Gname = name, "", ""
	header.AccessTime, header.ChangeTime = time.Time{}, time.Time{}
	if info.IsDir() {
		header.Name += "/"
	}
	if stat := info.Sys().(*syscall.Stat_t); info.Mode().IsRegular() && stat.Nlink > 1 {
		id := inode{stat.Dev, stat.Ino}
		if first, found := seen[id]; found {
			header.Typeflag, header.Linkname, header.Size = tar.TypeLink, first, 0
		} else {
			seen[id] = name
		}
	}
	return writeFile(out, header, file)
}

func writeFile(out *tar.Writer, header *tar.Header, file string) error {
	if err := out.WriteHeader(header); err != nil || header.Typeflag != tar.TypeReg {
		return err
	}
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = io.Copy(out, in)
	return err
}

// copyLayer holds the folder or file source at target. It leaves out owner, times and umask, so that the same content
// always has the same digest.
type copyLayer struct{ source, target string }

func (c copyLayer) write(out *tar.Writer) error {
	target := strings.Trim(c.target, "/")
	if err := writeParents(out, target); err != nil {
		return err
	}
	return filepath.WalkDir(c.source, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		within, _ := filepath.Rel(c.source, file)
		header := &tar.Header{Name: path.Join(target, within), Typeflag: tar.TypeReg, Mode: 0o644, Size: info.Size()}
		if info.Mode()&0o111 != 0 {
			header.Mode = 0o755
		}
		if info.IsDir() {
			header.Name, header.Typeflag, header.Size = header.Name+"/", tar.TypeDir, 0
		}
		return writeFile(out, header, file)
	})
}

func writeParents(out *tar.Writer, target string) error {
	parent := path.Dir(target)
	if parent == "." {
		return nil
	}
	if err := writeParents(out, parent); err != nil {
		return err
	}
	return out.WriteHeader(&tar.Header{Name: parent + "/", Typeflag: tar.TypeDir, Mode: 0o755})
}
