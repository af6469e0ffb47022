#!/usr/bin/env bash
# Builds versitygw (Apache-2.0), a server of S3 over a folder, into the cache: tests of blobs run it. What is built and unchanged takes no time.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

programs="$CAREPLANE_CACHE/versitygw"
wanted="$(cd testing/versitygw && cat go.mod go.sum | sha256sum)"
[ "$(cat "$programs/stamp" 2>/dev/null)" != "$wanted" ] || exit 0
mkdir -p "$programs"
cd testing/versitygw
CGO_ENABLED=0 GOWORK=off GOFLAGS=-mod=readonly go build -trimpath -buildvcs=false -gcflags all=-dwarf=false -ldflags '-s -w' \
  -o "$programs/" github.com/versity/versitygw/cmd/versitygw
printf '%s\n' "$wanted" >"$programs/stamp"
