#!/usr/bin/env bash
# Builds the programs of the ecosystem that the tests go by into the cache: kstatus (sigs.k8s.io/cli-utils), argo (Argo CD's Lua), krew,
# Helm 4, age and a verifier of transparency logs made of public libraries. What is built and unchanged takes no time.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

programs="$CAREPLANE_CACHE/ecosystem"
wanted="$(cd testing/ecosystem && cat go.mod go.sum */*.go | sha256sum)"
[ "$(cat "$programs/stamp" 2>/dev/null)" != "$wanted" ] || exit 0
mkdir -p "$programs"
cd testing/ecosystem
version="$(awk '$1 == "helm.sh/helm/v4" {print $2}' go.mod)"
CGO_ENABLED=0 GOWORK=off GOFLAGS=-mod=readonly go build -trimpath -buildvcs=false -gcflags all=-dwarf=false \
  -ldflags "-s -w -X helm.sh/helm/v4/internal/version.version=$version" -o "$programs/" ./kstatus ./argo ./verify-tlog helm.sh/helm/v4/cmd/helm \
  sigs.k8s.io/krew/cmd/krew filippo.io/age/cmd/age filippo.io/age/cmd/age-keygen filippo.io/age/cmd/age-plugin-batchpass
printf '%s\n' "$wanted" >"$programs/stamp"
