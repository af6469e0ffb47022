import { LEAVING } from './leaving.ts';

/** Port of the management API that only the pod itself reaches, without TLS: bash can ask it. */
export const LOOPBACK_MANAGEMENT_PORT = 15672;

/** File of the Secret of the operator's user: its credentials as HTTP's Basic scheme has them. */
export const AUTHORIZATION = 'authorization';

/**
 * Asks the node of its own pod; `rabbitmq-diagnostics` does the same in seconds of CPU. Environment: RABBITMQ_NODENAME,
 * MANAGEMENT_PORT, AUTHORIZATION_FILE, and NODES, how many the cluster is to have.
 *
 *   first    waits, for a node without data, until the first one can be talked to (FIRST_HOST, FIRST_PORT): without it, new nodes would be a
 *            cluster of their own, without its messages
 *   started  succeeds once the node is in a cluster with most of the others, and is online in every queue that has it as a member; a queue
 *            that does not come keeps it for QUEUE_SECONDS at most, since it must not keep the node from all the others
 *   ready    succeeds while the node serves and most members of its cluster run. A peer that hangs delays the list of members: then the node
 *            counts by its own answer. Alarms do not count: they block publishers of the whole cluster, and consumers are what ends them
 *   leave    returns once no queue would lose its majority without this node, or after LEAVE_SECONDS; a node that the operator has
 *            released (leaving.ts) gives its members of queues up and leaves the cluster, unless a queue needs it
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

queues() {
  objects 'queues?disable_stats=true&enable_queue_totals=true&columns=name,type,members,online'
}

# Queues with a member here.
mine() {
  local all
  all=$(queues) || {
    echo 'queues: the management API does not answer'
    return
  }
  grep "\\"members\\":\\[[^]]*\\"$RABBITMQ_NODENAME\\"" <<<"$all"
}

first() {
  case "$RABBITMQ_NODENAME" in *"@$FIRST_HOST") return ;; esac
  local data="$RABBITMQ_MNESIA_BASE/$RABBITMQ_NODENAME"
  # A node that has left a cluster keeps none of the two.
  if [ -e "$data/schema.DAT" ] || [ -d "$data/coordination" ]; then return; fi
  until (: >"/dev/tcp/$FIRST_HOST/$FIRST_PORT") 2>/dev/null; do sleep 1; done
}

started() {
  local known behind
  known=$(objects 'nodes?columns=name' | grep -c '"name"')
  if [ $((known * 2)) -le "$NODES" ]; then
    echo "this node knows $known of $NODES nodes"
    return 1
  fi
  behind=$(mine | grep -v "\\"online\\":\\[[^]]*\\"$RABBITMQ_NODENAME\\"")
  if [ -n "$behind" ] && [ "$(seconds_since_boot)" -lt "\${QUEUE_SECONDS:-300}" ]; then
    echo "not online in $behind"
    return 1
  fi
}

# The node writes the file when it boots.
seconds_since_boot() {
  echo $(($(date +%s) - $(stat -c %Y "$RABBITMQ_MNESIA_BASE/$RABBITMQ_NODENAME.pid" || date +%s)))
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

# Quorum queues of which a member is not online, and those that do not tell.
not_whole() {
  local all queue
  all=$(queues) || {
    echo 'queues: the management API does not answer'
    return
  }
  grep '"type":"quorum"' <<<"$all" | while IFS= read -r queue; do
    case $queue in
      *'"members":'*) [ "$(nodes_of members "$queue")" = "$(nodes_of online "$queue")" ] ;;
      *) false ;;
    esac || echo "$queue"
  done
}

nodes_of() {
  sed "s/.*\\"$1\\":\\[\\([^]]*\\)\\].*/\\1/" <<<"$2" | tr ',' '\\n' | sort
}

# The others' majority takes the members of this node out of the queues, so every member has to be online.
await_whole() {
  local behind
  while behind=$(not_whole) && [ -n "$behind" ]; do
    if [ "$SECONDS" -ge "\${LEAVE_SECONDS:-60}" ]; then
      echo "this node stays, since members are not online in $behind"
      return 1
    fi
    sleep 1
  done
}

evaluate() {
  rabbitmqctl -n "$1" eval "$2" >/dev/null
}

# on_partition WHAT: what the one other node does when it sees no majority; of more than two, one always sees it.
on_partition() {
  [ -z "$other" ] || evaluate "$other" "application:set_env(rabbit, cluster_partition_handling, $1)."
}

leave_for_good() {
  local nodes other=''
  await_whole || return 1
  nodes=$(objects 'nodes?columns=name' | sed 's/.*"name":"\\([^"]*\\)".*/\\1/')
  [ "$(wc -l <<<"$nodes")" -gt 2 ] || other=$(grep -vxF "$RABBITMQ_NODENAME" <<<"$nodes")
  # A node that is drained gets no new members of queues.
  evaluate "$RABBITMQ_NODENAME" 'rabbit_maintenance:mark_as_being_drained().'
  on_partition ignore
  rabbitmq-queues shrink "$RABBITMQ_NODENAME"
  if [ -n "$(mine)" ]; then
    echo "these queues keep this node: $(mine)"
    evaluate "$RABBITMQ_NODENAME" 'rabbit_maintenance:unmark_as_being_drained().'
    on_partition pause_minority
    return 1
  fi
  rabbitmqctl stop_app && rabbitmqctl reset
  on_partition pause_minority
}

"$1"
`;
