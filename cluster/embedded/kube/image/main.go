// image builds OCI images from folders, without a daemon, and hands them to containerd.
//
//	image build  --layout DIR --name REF [--from REF] [--diff ROOTFS[=BASE]] [--add SRC=DST]... [--user ..] ...
//	image digest --layout DIR REF...     prints "REF DIGEST" for each
//	image export --layout DIR REF...     writes one OCI layout as a tar stream: ctr images import -
//	image gc     --layout DIR            deletes the blobs that no reference needs any more
//
// It exists for speed: a changed service bundle is one small layer on a cached base and takes milliseconds. The
// documented way to build the service images is cluster/images/Dockerfile.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

// repeated is a flag that may be given more than once.
type repeated []string

func (r *repeated) String() string { return strings.Join(*r, ",") }

func (r *repeated) Set(value string) error {
	*r = append(*r, value)
	return nil
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: image build|digest|export|gc --layout DIR ...")
		os.Exit(2)
	}
	var err error
	switch command, arguments := os.Args[1], os.Args[2:]; command {
	case "build":
		err = buildCommand(arguments)
	case "digest":
		err = digestCommand(arguments)
	case "export":
		err = exportCommand(arguments)
	case "gc":
		layout, _ := layoutAndNames("gc", arguments)
		err = store{layout}.collect()
	default:
		err = fmt.Errorf("no such command: %s", command)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func buildCommand(arguments []string) error {
	flags := flag.NewFlagSet("build", flag.ExitOnError)
	var (
		adds, env  repeated
		layout     = flags.String("layout", "", "folder of blobs and references")
		name       = flags.String("name", "", "full reference of the image to make")
		from       = flags.String("from", "", "reference of the image to build on, already in the layout")
		diff       = flags.String("diff", "", "ROOTFS[=BASE]: one layer with what ROOTFS has beyond BASE")
		user       = flags.String("user", "", "user[:group] to run as")
		workdir    = flags.String("workdir", "", "working directory")
		entrypoint = flags.String("entrypoint", "", "command, words separated by spaces")
	)
	flags.Var(&adds, "add", "SRC=DST: one layer with the folder or file SRC at DST, owned by root, without times")
	flags.Var(&env, "env", "NAME=VALUE in the image's environment")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	store := store{*layout}
	image, err := store.base(*from)
	if err != nil {
		return err
	}
	if *diff != "" {
		rootfs, base, _ := strings.Cut(*diff, "=")
		if err := image.addLayer(store, diffLayer{rootfs, base}); err != nil {
			return err
		}
	}
	for _, add := range adds {
		source, target, found := strings.Cut(add, "=")
		if !found {
			return fmt.Errorf("--add %s: want SRC=DST", add)
		}
		if err := image.addLayer(store, copyLayer{source, target}); err != nil {
			return err
		}
	}
	run := &image.config.Config
	run.Env = mergeEnv(run.Env, env)
	if *user != "" {
		run.User = *user
	}
	if *workdir != "" {
		run.WorkingDir = *workdir
	}
	if *entrypoint != "" {
		run.Entrypoint = strings.Fields(*entrypoint)
	}
	digest, err := store.save(*name, image)
	if err == nil {
		fmt.Println(*name, digest)
	}
	return err
}

func mergeEnv(inherited, added []string) []string {
	merged := append([]string{}, inherited...)
next:
	for _, entry := range added {
		name, _, _ := strings.Cut(entry, "=")
		for i, old := range merged {
			if strings.HasPrefix(old, name+"=") {
				merged[i] = entry
				continue next
			}
		}
		merged = append(merged, entry)
	}
	return merged
}

func digestCommand(arguments []string) error {
	layout, names := layoutAndNames("digest", arguments)
	for _, name := range names {
		digest, err := store{layout}.resolve(name)
		if err != nil {
			return err
		}
		fmt.Println(name, digest)
	}
	return nil
}

func exportCommand(arguments []string) error {
	layout, names := layoutAndNames("export", arguments)
	return export(store{layout}, names, os.Stdout)
}

func layoutAndNames(command string, arguments []string) (string, []string) {
	flags := flag.NewFlagSet(command, flag.ExitOnError)
	layout := flags.String("layout", "", "folder of blobs and references")
	_ = flags.Parse(arguments)
	return *layout, flags.Args()
}
