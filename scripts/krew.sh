#!/usr/bin/env bash
# Packs `kubectl careplane` for a release: dist/krew/kubectl-careplane.tar.gz, and the manifest for krew-index, dist/krew/careplane.yaml.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

need_node
scripts/bundle.sh
version="$(node -p 'require("./cli/package.json").version')"
folder=dist/krew/archive
rm -rf dist/krew
mkdir -p "$folder"
cp dist/bundle/cli/*.mjs LICENSE "$folder"
# krew puts a symbolic link to it on the PATH.
cat >"$folder/kubectl-careplane" <<'SH'
#!/bin/sh
CAREPLANE_CLI_NAME='kubectl careplane' exec node "$(dirname "$(readlink -f "$0")")/main.mjs" "$@"
SH
chmod +x "$folder/kubectl-careplane"
# The same content is the same archive.
tar --create --gzip --file dist/krew/kubectl-careplane.tar.gz --directory "$folder" --sort=name --mtime=@0 \
  --owner=0 --group=0 --numeric-owner .
node scripts/generated/krew.ts --version "$version" --archive dist/krew/kubectl-careplane.tar.gz --out dist/krew/careplane.yaml
echo "dist/krew/careplane.yaml and dist/krew/kubectl-careplane.tar.gz for version $version"
