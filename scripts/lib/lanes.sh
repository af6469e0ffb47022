# shellcheck shell=bash
# Runs commands side by side: one lane waits for the network while the other one compiles.
#
#   run_lanes go build_go -- npm build_npm      every line of output begins with its lane's name
#
# Leaves the number of lanes that failed in LANES_FAILED. Never call it in a condition: bash would then ignore failures
# in the middle of a lane.

# Ends every lane with all it has started; the lanes are process groups of their own.
stop_lanes() {
  local pid
  for pid in "$@"; do kill -TERM -- "-$pid" 2>/dev/null || true; done
}

run_lanes() {
  local pids=() pid name
  LANES_FAILED=0
  set -m
  while [ $# -gt 0 ]; do
    name="$1"
    shift
    local command=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
      command+=("$1")
      shift
    done
    [ $# -eq 0 ] || shift
    ("${command[@]}" 2>&1 </dev/null | sed -u "s/^/[$name] /") &
    pids+=($!)
  done
  set +m
  # shellcheck disable=SC2064 # the lanes of now
  trap "stop_lanes ${pids[*]}; exit 130" INT TERM HUP
  for pid in "${pids[@]}"; do wait "$pid" || LANES_FAILED=$((LANES_FAILED + 1)); done
  trap - INT TERM HUP
}
