# shellcheck shell=bash
# Checks that are not jest tests: each one's outcome becomes a line of checks.jsonl, which scripts/summarize.ts counts.

export RESULTS="${RESULTS:-$ROOT/dist/test-results}"

# Forgets the outcomes of earlier runs.
new_results() {
  rm -rf "$RESULTS"
  mkdir -p "$RESULTS"
}

# check NAME COMMAND [ARGS...]: runs the command in a subshell, records its outcome and leaves its status in CHECK_STATUS.
# Never call it in a condition (`check … || …`): there bash would ignore failures in the middle of the command.
check() {
  local name="$1" started outcome=passed mark=✓
  shift
  started=$(now_ms)
  set +e
  (
    set -e
    "$@"
  )
  CHECK_STATUS=$?
  set -e
  if [ "$CHECK_STATUS" != 0 ]; then outcome=failed mark=✗; fi
  mkdir -p "$RESULTS"
  printf '{"name":"%s","passed":%s,"ms":%d}\n' "$name" "$([ "$outcome" = passed ] && echo true || echo false)" \
    $(($(now_ms) - started)) >>"$RESULTS/checks.jsonl"
  printf '%s %s (%s)\n' "$mark" "$name" "$(elapsed "$started")"
}
