#!/usr/bin/env bash
# From a bare machine to a Ready clinic, then the demo. Every step is skipped or quick when there is nothing to do, so
# running it again, or after it was killed in the middle, goes on from where things are.
#   scripts/up.sh              everything
#   scripts/up.sh --no-demo    without the demo at the end
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

demo=yes
[ "${1:-}" != --no-demo ] || demo=no
started=$(now_ms)

# What a user has to install is said before anything is fetched.
if [ "$CAREPLANE_CLUSTER" = kind ]; then need_programs kind kubectl helm; fi
take_lock
scripts/build.sh

if [ "$CAREPLANE_CLUSTER" = embedded ]; then
  # With the lock, so that nobody starts beside it when this script is killed; the cluster itself, which lives on, does without.
  cluster/embedded/up.sh
  cluster/embedded/load-images.sh --changed-file "$CAREPLANE_STATE/images-loaded"
  # Kept until the pods are restarted: a run killed in between must not leave pods on old code.
  cat "$CAREPLANE_STATE/images-loaded" >>"$CHANGED_IMAGES"
else
  cluster/kind/up.sh
  cluster/kind/load.sh
fi

scripts/deploy.sh
[ "$demo" = no ] || scripts/demo.sh
printf '\nup in %s\n' "$(elapsed "$started")"
[ "$demo" = no ] || scripts/status.sh --what-next
