# shellcheck shell=bash
# One run at a time: two concurrent starts can corrupt etcd's write-ahead log.

# Holds the lock until this shell ends. Long-lived children are started with 9>&-, so that they do not keep it.
take_lock() {
  local waited=0
  # A script that calls another script passes its lock on.
  [ "${CAREPLANE_LOCK_HELD:-}" != 1 ] || return 0
  mkdir -p "$(dirname "$LOCK_FILE")"
  exec 9>>"$LOCK_FILE"
  until lock_is_free; do
    [ "$waited" != 0 ] || echo "another cluster script is at work (lock $LOCK_FILE); waiting for it to end"
    [ "$waited" -lt "${CAREPLANE_LOCK_WAIT:-600}" ] ||
      fail "the other script did not end in time" "see who holds it: fuser -v $LOCK_FILE"
    waited=$((waited + 1))
    sleep 1
  done
  export CAREPLANE_LOCK_HELD=1
}

# Takes the lock of file descriptor 9, which this shell shares with its children. macOS has no flock, but has Perl.
lock_is_free() {
  if command -v flock >/dev/null; then
    flock -n 9
  else
    perl -e 'open(my $file, ">&=", 9) or die $!; exit !flock($file, 2 | 4)'
  fi
}
