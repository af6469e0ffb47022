# shellcheck shell=bash
# One run at a time: two concurrent starts can corrupt etcd's write-ahead log.

# Holds the lock until this shell ends. Long-lived children are started with 9>&-, so that they do not keep it.
take_lock() {
  # A script that calls another script passes its lock on.
  [ "${CAREPLANE_LOCK_HELD:-}" != 1 ] || return 0
  mkdir -p "$(dirname "$LOCK_FILE")"
  exec 9>>"$LOCK_FILE"
  if ! flock -n 9; then
    echo "another cluster script is at work (lock $LOCK_FILE); waiting for it to end"
    flock -w "${CAREPLANE_LOCK_WAIT:-600}" 9 ||
      fail "the other script did not end in time" "see who holds it: fuser -v $LOCK_FILE"
  fi
  export CAREPLANE_LOCK_HELD=1
}
