#!/usr/bin/env bash
# Bundles the operator and the services for their images. Skipped when nothing they are made of has changed.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

need_node
npm run --silent bundle
