import { LEAVING } from './leaving.ts';

/** Port of the management API that only the pod itself reaches, without TLS: bash can ask it. */
export const LOOPBACK_MANAGEMENT_PORT = 15672;

/** File of the Secret of the operator's user: its credentials as HTTP's Basic scheme has them. */
export const AUTHORIZATION = 'authorization';

/**
 * Asks the node of its own pod; `rabbitmq-diagnostics` does the same in seconds of CPU. Environment: RABBITMQ_NODENAME,
 * MANAGEMENT_PORT, AUTHORIZATION_FILE, and NODES, how many the cluster is to have.
 *
 *   started  succeeds once the node is in a cluster with most of the others, and is online in every queue that has it as a member
 *   ready    succeeds while the node serves and most members of its cluster run. A peer that hangs delays the list of members: then the node
 *            counts by its own answer. Alarms do not count: they block publishers of the whole cluster, and consumers are what ends them
 *   leave    returns once no queue would lose its majority without this node, or after LEAVE_SECONDS; a node that the operator has
 *            released (leaving.ts) gives its members of queues up and leaves the cluster, unless a queue keeps it
 */
export const HEALTH_SCRIPT = `#!/usr/bin/env bash
# Debian's commands in /usr/sbin refuse every other user id.
PATH="/usr/lib/rabbitmq/bin:/opt/rabbitmq/sbin:$PATH"

ask() {
  exec 3<>"/dev/tcp/127.0.0.1/$MANAGEMENT_PORT" || exit 1
  printf 'GET /api/%s HTTP/1.0\\r\\nAuthorization: Basic %s\\r\\n\\r\\n' "$1" "$(cat "$AUTHORIZATION_FILE")" >&3
  timeout "\${ANSWER_SECONDS:-8}" cat <&3
  exec 3>&-
}

# One object a line; columns hold no objects of their own. Fails without an answer.
objects() {
  local answer
  answer=$(ask "$1")
  case "$answer" in
    'HTTP/1.1 200 '* | 'HTTP/1.0 200 '*) sed -n '/^\\[/,$p' <<<"$answer" | sed 's/},{/}\\n{/g' ;;
    *) return 1 ;;
  esac
}

# Queues with a member here.
mine() {
  local all
  all=$(objects 'queues?disable_stats=true&enable_queue_totals=true&columns=name,members,online') || {
    echo 'queues: the management API does not answer'
    return
  }
  grep "\\"members\\":\\[[^]]*\\"$RABBITMQ_NODENAME\\"" <<<"$all"
}

started() {
  local known behind
  known=$(objects 'nodes?columns=name' | grep -c '"name"')
  if [ $((known * 2)) -le "$NODES" ]; then
    echo "this node knows $known of $NODES nodes"
    return 1
  fi
  behind=$(mine | grep -v "\\"online\\":\\[[^]]*\\"$RABBITMQ_NODENAME\\"")
  if [ -n "$behind" ]; then
    echo "not online in $behind"
    return 1
  fi
}

ready() {
  local nodes known running
  if nodes=$(ANSWER_SECONDS=4 objects 'nodes?columns=name,running'); then
    known=$(grep -c '"name"' <<<"$nodes")
    running=$(grep -c '"running":true' <<<"$nodes")
    if [ $((running * 2)) -le "$known" ]; then
      echo "$running of $known nodes run"
      return 1
    fi
    return
  fi
  if ! (ANSWER_SECONDS=3 ask whoami | head -n 1 | grep -q ' 200 '); then
    echo 'this node does not answer'
    return 1
  fi
}

leave() {
  if (ask global-parameters/${LEAVING} | grep -qF "\\"$RABBITMQ_NODENAME\\""); then
    leave_for_good
    return
  fi
  while [ "$SECONDS" -lt "\${LEAVE_SECONDS:-60}" ] &&
    (ask health/checks/node-is-quorum-critical | head -n 1 | grep -q ' 503 '); do
    sleep 1
  done
}

leave_for_good() {
  # Of two nodes, the one that is left would pause: it is no majority.
  rabbitmqctl eval '[erpc:call(N, application, set_env, [rabbit, cluster_partition_handling, ignore]) || N <- rabbit_nodes:list_running()].'
  rabbitmq-queues shrink "$RABBITMQ_NODENAME"
  if [ -n "$(mine)" ]; then
    echo "these queues keep this node: $(mine)"
    return 1
  fi
  rabbitmqctl stop_app && rabbitmqctl reset
}

"$1"
`;
