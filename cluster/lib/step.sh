# shellcheck shell=bash
# Progress lines for the platform's scripts: the step, its duration, and its failure.
#
#   step "network" make_network        ==> network … 0.3 s
#   fail "no disk" "free some"         a failure and its remedy, exit 1
#
# The output of a step goes to a log file, so that a terminal shows one line a step. A failed step prints the end of its
# log. Steps run in the calling shell (not in a subshell), so they may set variables.

STEP_LOG_DIR="${STEP_LOG_DIR:-${CAREPLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/careplane}/logs}"

# Prints milliseconds since the epoch; whole seconds of them with a bash older than 5 (macOS).
now_ms() {
  local s="${EPOCHREALTIME:-}"
  s="${s/[.,]/}"
  printf '%s' "${s:+${s%???}}"
  [ -n "$s" ] || date +%s000
}

# elapsed START_MS: prints the seconds since then with one decimal.
elapsed() {
  local ms=$(($(now_ms) - $1))
  printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}

# fail MESSAGE [WHAT-TO-DO]
fail() {
  printf '\nerror: %s\n' "$1" >&2
  [ -z "${2:-}" ] || printf '       %s\n' "$2" >&2
  exit 1
}

# note MESSAGE: one line below the running step.
note() {
  printf '\n    %s' "$*" >&"${STEP_OUT:-1}"
  STEP_NOTED=1
}

# step NAME COMMAND [ARGS...]: runs the command, prints its name and time. On failure prints the log's end, exits 1.
step() {
  local name="$1" start log STEP_NOTED=""
  shift
  start=$(now_ms)
  mkdir -p "$STEP_LOG_DIR"
  log="$STEP_LOG_DIR/$(tr -c 'A-Za-z0-9\n' '-' <<<"$name").log"
  printf '==> %s … ' "$name"
  # Fixed numbers: bash 3.2 cannot choose them.
  exec 6>&1 7>&2
  STEP_OUT=6
  # The trap reports a step that ends the shell (by fail, or by a failed command under set -e).
  # shellcheck disable=SC2064 # expanded now: when the trap runs, this function's variables are gone
  trap "$(printf 'step_failed %q %q %q' "$name" "$start" "$log")" EXIT
  exec >"$log" 2>&1
  "$@"
  exec 1>&6 2>&7 6>&- 7>&-
  unset STEP_OUT
  trap - EXIT
  [ -z "$STEP_NOTED" ] || printf '\n==> %s … ' "$name"
  printf '%s\n' "$(elapsed "$start")"
}

step_failed() {
  exec 1>&6 2>&7
  printf 'FAILED after %s\n' "$(elapsed "$2")"
  printf -- '--- the end of %s\n' "$3" >&2
  tail -n 25 "$3" >&2
  printf -- '---\nerror: step "%s" failed; the whole log is %s\n' "$1" "$3" >&2
}

# wait_until SECONDS WHAT COMMAND [ARGS...]: polls every 0.2 s; says what it waits for every 10 s; fails after SECONDS.
wait_until() {
  local seconds="$1" what="$2" start said waited
  shift 2
  start=$(now_ms)
  said=0
  until "$@" >/dev/null 2>&1; do
    waited=$((($(now_ms) - start) / 1000))
    [ "$waited" -lt "$seconds" ] || {
      echo "waited $seconds s for $what: timed out"
      return 1
    }
    if [ "$waited" -ge $((said + 10)) ]; then
      said=$waited
      note "… still waiting for $what (${waited} s of at most ${seconds} s)"
    fi
    sleep 0.2
  done
}
