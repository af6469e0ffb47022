#!/usr/bin/env bash
# Generates crds/ and docs/reference/ from the schemas in operator/src/api, the chart's README and the configuration of Argo CD.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

need_node
npm run --silent crds
node scripts/generated/main.ts
