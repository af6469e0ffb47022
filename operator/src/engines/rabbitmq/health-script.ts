/** Port of the management API that only the pod itself reaches, without TLS: bash can ask it. */
export const LOOPBACK_MANAGEMENT_PORT = 15672;

/** File of the Secret of the operator's user: its credentials as HTTP's Basic scheme has them. */
export const AUTHORIZATION = 'authorization';

/**
 * Asks the node of its own pod; `rabbitmq-diagnostics` does the same in seconds of CPU. Environment: RABBITMQ_NODENAME,
 * MANAGEMENT_PORT, AUTHORIZATION_FILE, and NODES, how many the cluster is to have.
 *
 *   started  succeeds once the node is in a cluster with most of the others, and is online in every queue that has it as a member
 *   leave    returns once no queue would lose its majority without this node, or after LEAVE_SECONDS
 */
export const HEALTH_SCRIPT = `#!/usr/bin/env bash
ask() {
  exec 3<>"/dev/tcp/127.0.0.1/$MANAGEMENT_PORT" || exit 1
  printf 'GET /api/%s HTTP/1.0\\r\\nAuthorization: Basic %s\\r\\n\\r\\n' "$1" "$(cat "$AUTHORIZATION_FILE")" >&3
  cat <&3
  exec 3>&-
}

# One object a line; columns hold no objects of their own.
objects() { ask "$1" | sed -n '/^\\[/,$p' | sed 's/},{/}\\n{/g'; }

started() {
  local known behind
  known=$(objects 'nodes?columns=name' | grep -c '"name"')
  if [ $((known * 2)) -le "$NODES" ]; then
    echo "this node knows $known of $NODES nodes"
    return 1
  fi
  behind=$(objects 'queues?disable_stats=true&enable_queue_totals=true&columns=name,members,online' |
    grep "\\"members\\":\\[[^]]*\\"$RABBITMQ_NODENAME\\"" | grep -v "\\"online\\":\\[[^]]*\\"$RABBITMQ_NODENAME\\"")
  if [ -n "$behind" ]; then
    echo "not online in $behind"
    return 1
  fi
}

leave() {
  while [ "$SECONDS" -lt "\${LEAVE_SECONDS:-60}" ] &&
    (ask health/checks/node-is-quorum-critical | head -n 1 | grep -q ' 503 '); do
    sleep 1
  done
}

"$1"
`;
