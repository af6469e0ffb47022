#!/usr/bin/env bash
# The whole of what the integration tests take a sample of: the operator dies at each of its writes, one life for each. About seven
# minutes on two quiet cores. CAREPLANE_CRASH_SEED decides how it dies where; the seed is printed.
#
#   run.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
step "control plane's programs" cluster/embedded/build.sh kube
# More lives than there are writes.
export CAREPLANE_CRASH_LIVES=1000
exec node --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js --selectProjects integration --runInBand \
  --runTestsByPath operator/src/controllers/crash.int.test.ts
