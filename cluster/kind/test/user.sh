# shellcheck shell=bash
# The user: no root, no Go, no embedded cluster; Docker, Node, kubectl, helm and kind.

USER_HOME="$TEST_WORK/home"
CHECKOUT="$TEST_WORK/checkout"

# The checkout as the user's own: what is written there never reaches the real one.
make_user() {
  local name
  mkdir -p "$USER_HOME" "$TEST_WORK/path" "$CHECKOUT" "$TEST_WORK/upper" "$TEST_WORK/overlay"
  chmod 0755 "$TEST_WORK"
  mount -t overlay overlay -o "lowerdir=$REPO_DIR,upperdir=$TEST_WORK/upper,workdir=$TEST_WORK/overlay" "$CHECKOUT"
  mkdir -p "$CHECKOUT/dist"
  rm -rf "$CHECKOUT/dist/bundle"
  chown "$TEST_USER:$TEST_USER" "$USER_HOME" "$CHECKOUT" "$CHECKOUT/dist"
  cp "$TEST_CACHE/docker/usr/bin/docker" "$TEST_CACHE/programs/kind" "$TEST_WORK/path"
  for name in kubectl helm; do cp -L "$BIN/$name" "$TEST_WORK/path/$name"; done
}

user_kubeconfig() { echo "$USER_HOME/.local/state/careplane-kind/careplane/kubeconfig"; }

# as_user COMMAND...: in the checkout, with a user's environment.
as_user() {
  (cd "$CHECKOUT" && exec setpriv --reuid "$TEST_USER" --regid "$TEST_USER" --clear-groups --no-new-privs --bounding-set=-all \
    env -i HOME="$USER_HOME" PATH="$TEST_WORK/path:/usr/bin:/bin" TERM="${TERM:-dumb}" DOCKER_HOST="$DOCKER_HOST" DOCKER_BUILDKIT=0 \
    KIND_NODE_IMAGE="$(cat "$TEST_RUN/node-image")" "$@")
}
