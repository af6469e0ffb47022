#!/usr/bin/env bash
# What `make test-kind` does inside its sandbox: starts Docker, makes the images that a machine elsewhere pulls, and plays the
# user who runs `make kind-up`. Called by scripts/test-kind.sh only.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
ROOT="$REPO_DIR"
source "$ROOT/scripts/lib/check.sh"
KIND_DIR="$CLUSTER_DIR/kind"
source "$TEST_DIR/images.sh"
source "$TEST_DIR/user.sh"

start_docker() {
  local programs="$TEST_CACHE/docker"
  chown ":$TEST_USER" "$TEST_RUN"
  chmod 0750 "$TEST_RUN"
  mkdir -p "$TEST_RUN/path" "$TEST_DATA"
  ip link set lo up
  ln -s "$TEST_DIR/kind-base/runc" "$TEST_RUN/path/runc"
  # In the node's root file system, whose iptables uses the network namespace that it is called in.
  printf '#!/bin/sh\nexec chroot %s /usr/sbin/"${0##*/}" "$@"\n' "$(readlink -f "$TEST_CACHE/bookworm")" >"$TEST_RUN/path/iptables"
  chmod +x "$TEST_RUN/path/iptables"
  ln -s iptables "$TEST_RUN/path/ip6tables"
  # A file of every try: a process of before the last stop is none.
  rm -f "$TEST_DATA"/*.pid
  PATH="$TEST_RUN/path:$programs/usr/bin:$programs/usr/sbin:$PATH" LD_LIBRARY_PATH="$programs/lib/x86_64-linux-gnu:$programs/usr/lib/x86_64-linux-gnu" \
    dockerd --host "$DOCKER_HOST" --data-root "$TEST_DATA" --exec-root "$TEST_RUN/exec" --pidfile "$TEST_RUN/docker.pid" \
    --group "$TEST_USER" --cgroup-parent "/$TEST_CGROUP" --storage-driver overlay2 \
    --init-path "$programs/usr/bin/tini-static" >"$STEP_LOG_DIR/kind-test-docker.log" 2>&1 &
  wait_until 60 "Docker" docker version
  # Of a run that was killed.
  docker ps --all --quiet | xargs -r docker rm --force --volumes >/dev/null
  docker volume prune --force >/dev/null
}

build_images() {
  build_standins
  build_kubernetes_images
  build_node_image
  # What is of an earlier version, or of the user who was here before.
  docker images --format '{{.Repository}}:{{.Tag}}' | awk -v now="$(cat "$TEST_RUN/node-image")" \
    '/^(kindest\/node|localhost\/careplane\/.*):/ && $0 != now' | xargs -r docker rmi --force
  docker image prune --force
}

# bookings_survive COMMAND...: as the user, with what `make env` says.
bookings_survive() {
  # shellcheck disable=SC2016 # for the user's shell
  as_user bash -euc 'eval "$(CAREPLANE_CLUSTER=kind make -s env)" && exec node e2e/src/bookings-survive.ts "$@"' bookings "$@"
}

# Prints name and UID of every running pod of the clinic's services.
service_pods() {
  as_user kubectl --kubeconfig "$(user_kubeconfig)" get pods -n clinic -l careplane.dev/service --sort-by=.metadata.name \
    -o 'jsonpath={range .items[*]}{.metadata.labels.careplane\.dev/service} {.metadata.uid}{"\n"}{end}'
}

# In two commands, as when a run is killed in between: the first loads the image, the second restarts what runs it.
changed_image_is_rolled_out() {
  local before after
  before="$(service_pods)"
  printf 'process.title = "changed";\n' >>"$CHECKOUT/services/mail-sink/src/main.ts"
  as_user env CAREPLANE_CLUSTER=kind make bundle kind-load
  as_user env CAREPLANE_CLUSTER=kind make deploy
  after="$(service_pods)"
  grep -vxF "$before" <<<"$after" | cut -d' ' -f1 | sort -u | diff - <(echo mail-sink)
}

# prove NAME COMMAND...: a check; what the cluster says is kept when it fails, since the cluster is not.
prove() {
  check "$@"
  [ "$CHECK_STATUS" = 0 ] || keep_evidence "$RESULTS/kind-$(date +%s).txt"
}

keep_evidence() {
  local kubectl=(as_user kubectl --kubeconfig "$(user_kubeconfig)" --request-timeout=10s)
  {
    "${kubectl[@]}" get careplane -A -o wide
    "${kubectl[@]}" get pods -A -o wide
    "${kubectl[@]}" get events -A --sort-by=.lastTimestamp
    "${kubectl[@]}" logs -n careplane-system deployment/careplane-operator --tail=300
  } >"$1" 2>&1 || true
  echo "what the cluster said: $1"
}

play() {
  prove "kind: make kind-up from nothing, without root and Go, and the demo" as_user make kind-up
  [ "$CHECK_STATUS" = 0 ] || return 1
  prove "kind: a changed image is rolled out, and no other" changed_image_is_rolled_out
  prove "kind: bookings survive the deletion of the database pod" bookings_survive kubectl delete pod -n clinic clinic-db-0
  prove "kind: bookings survive the crash of the node" bookings_survive cluster/kind/test/crash-node.sh
  prove "kind: make kind-down" as_user make kind-down
}

PATH="$TEST_CACHE/docker/usr/bin:$TEST_CACHE/programs:$PATH"
step "Docker" start_docker
step "images in the official ones' stead, node image" build_images
step "a user without rights, a checkout" make_user
"${1:-play}" "${@:2}"
