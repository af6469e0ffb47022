import { CredentialsKept } from '../../engines/credentials.ts';
import { DataOnVolume } from '../../engines/data-volume.ts';
import { VersionCurrent } from '../../engines/versions/conditions.ts';
import { MembersCurrent } from '../../k8s/members-current.ts';
import { podsRefused, podTroubles } from '../../k8s/pod-trouble-reasons.ts';
import { CertificatesCurrent, CertificatesValid } from '../../pki/conditions.ts';
import {
  AT_ONCE,
  conditionType,
  WHEN_LASTING,
  WHEN_SETTLED,
  type ConditionDescription,
} from '../../runtime/status/reasons.ts';

const kinds = ['MessageBroker'];
const BROKER_DOWN = 'docs/operations/runbooks/CareplaneBrokerDown.md';

export const BrokerReachable = conditionType({
  type: 'BrokerReachable',
  kinds,
  meaning: 'Whether the broker answers the operator.',
  reasons: {
    Reachable: { status: 'True', meaning: 'It answers.' },
    Starting: { needsPerson: false, meaning: 'No pod is ready yet.' },
    Unreachable: {
      needsPerson: WHEN_LASTING,
      meaning: 'A pod is ready and the broker does not answer.',
      remedy: 'Read the log of the pod.',
      page: BROKER_DOWN,
    },
    LoginRefused: {
      // Nodes that start take the password by themselves.
      needsPerson: WHEN_LASTING,
      meaning: "The broker does not accept the operator's password: it has another one since its last start.",
      remedy:
        'A node takes the password of the Secret `<broker>-admin` when it starts: restart the pods, one at a time.',
      page: BROKER_DOWN,
    },
    ...podsRefused(BROKER_DOWN),
    ...podTroubles(BROKER_DOWN),
  },
});

export const TopologySynced = conditionType({
  type: 'TopologySynced',
  kinds,
  meaning: 'Whether exchanges, queues, bindings, users and permissions are as the declared events ask.',
  reasons: {
    Synced: { status: 'True', meaning: 'They are.' },
    QueuesRetained: {
      status: 'True',
      meaning: 'They are; queues of services that are gone are kept, since messages are in them.',
      remedy: 'Consume or purge the messages: an empty queue is deleted once the grace period is over.',
    },
    Waiting: { needsPerson: false, status: 'Unknown', meaning: 'They are made when the broker is up.' },
    QueuesDiffer: {
      needsPerson: AT_ONCE,
      meaning: 'A queue has other arguments than it should, and those cannot be changed in place.',
      remedy: 'Empty the queue and delete it: it is made anew.',
      page: 'docs/concepts/events.md',
    },
    Refused: {
      needsPerson: WHEN_SETTLED,
      alarming: true,
      meaning:
        'The broker did not take a user, a queue or a binding; the message names each, with the words of the broker. The others are served.',
      remedy: 'Mend what it names. A user that somebody else made is to be deleted, or the service renamed.',
    },
  },
});

const BROKER_ALARM = 'docs/operations/runbooks/CareplaneBrokerAlarm.md';

export const AcceptsMessages = conditionType({
  type: 'AcceptsMessages',
  kinds,
  meaning: 'Whether publishers are served: a node with a memory or disk alarm blocks them all.',
  reasons: {
    Accepting: { status: 'True', meaning: 'No node has an alarm.' },
    Waiting: { needsPerson: false, status: 'Unknown', meaning: 'Nodes are asked when they are up.' },
    MemoryAlarm: {
      needsPerson: WHEN_LASTING,
      alarming: true,
      meaning: 'A node is above its memory watermark; publishers wait until it is below.',
      remedy: 'Let consumers catch up, or raise `spec.resources.limits.memory`.',
      page: BROKER_ALARM,
    },
    DiskAlarm: {
      needsPerson: WHEN_LASTING,
      alarming: true,
      meaning: 'A node has too little free disk; publishers wait until it has more.',
      remedy:
        'Consume or purge what the queues hold, mostly dead letters. The size of a volume is fixed: expand its claim by hand where the StorageClass allows it.',
      page: BROKER_ALARM,
    },
    MemoryTooSmall: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning: 'The memory limit leaves no room between what a node takes by itself and its watermark.',
      remedy: 'Raise `spec.resources.limits.memory` to what the message says.',
    },
  },
});

const QUEUES = 'docs/operations/runbooks/broker-queues.md';

export const QueuesAvailable = conditionType({
  type: 'QueuesAvailable',
  kinds,
  meaning:
    'Whether every declared queue has a leader and a majority of its members online. The queues themselves are asked.',
  reasons: {
    Available: { status: 'True', meaning: 'Every queue has all its members online.' },
    MembersMissing: {
      status: 'True',
      meaning:
        'Every queue works, and those that the message names have fewer members online than the broker has nodes: the loss of another node would stop them.',
      remedy: 'Bring the node back that is down. After a start, members need a moment to catch up.',
      page: QUEUES,
    },
    Waiting: { needsPerson: false, status: 'Unknown', meaning: 'Queues are asked when the broker is up.' },
    NoMajority: {
      needsPerson: WHEN_LASTING,
      alarming: true,
      meaning: 'A queue has no leader, or no majority of its members online: it takes and gives no messages.',
      remedy: 'Bring the nodes of its members back.',
      page: QUEUES,
    },
    NoAnswer: {
      needsPerson: WHEN_LASTING,
      alarming: true,
      meaning: 'A queue does not answer, though the broker does.',
      remedy:
        'Mostly an election that goes on while a node is down; when it stays, bring the nodes of its members back.',
      page: QUEUES,
    },
  },
});

export const NodesAsDeclared = conditionType({
  type: 'NodesAsDeclared',
  kinds,
  informs: true,
  hinders: true,
  meaning:
    'Whether the nodes are those of `spec.nodes`, and one cluster. (A node that is down alone does not count for `Ready`: the queues do.)',
  reasons: {
    AsDeclared: { status: 'True', meaning: 'They are.' },
    Waiting: { needsPerson: false, status: 'Unknown', meaning: 'Nodes are asked when they are up.' },
    NodesMissing: {
      needsPerson: WHEN_LASTING,
      meaning: 'A node is down, or has not joined yet; the others serve.',
      remedy:
        'Read the log of its pod when it stays. A node that lost its volume is to be forgotten first: the message has the commands.',
      page: BROKER_DOWN,
    },
    GrowthHeld: {
      needsPerson: WHEN_LASTING,
      meaning:
        '`spec.nodes` became larger, and a node that there is cannot be joined yet: it is not ready. New ones would begin without its messages.',
      remedy: 'Bring the node up.',
      page: BROKER_DOWN,
    },
    NotJoined: {
      needsPerson: WHEN_LASTING,
      counts: true,
      alarming: true,
      meaning: 'A node is up and in no cluster with the others: what it takes, they do not have.',
      remedy:
        'When its queues are empty, delete its volume claim and its pod: the new one joins. When the Erlang cookie was changed, delete all pods of the broker at once.',
      page: QUEUES,
    },
    NotForgotten: {
      needsPerson: AT_ONCE,
      counts: true,
      alarming: true,
      meaning: 'A node is gone for good without having left the cluster, which counts it for every majority.',
      remedy:
        'Run the command of the message in a pod that stays. Where it names queues, put `spec.nodes` back instead: their messages are on the nodes that are gone.',
      page: QUEUES,
    },
    Shrinking: {
      needsPerson: false,
      counts: true,
      meaning: '`spec.nodes` became smaller: nodes hand their queues over and leave, one after the other.',
    },
    ShrinkBlocked: {
      needsPerson: WHEN_LASTING,
      counts: true,
      alarming: true,
      meaning:
        '`spec.nodes` became smaller, and a queue or a node that is down stands against it; the message names it.',
      remedy: 'Mend or delete what it names, or put `spec.nodes` back.',
      page: QUEUES,
    },
  },
});

const UPGRADE = 'docs/operations/upgrade.md';

export const FeatureFlagsEnabled = conditionType({
  type: 'FeatureFlagsEnabled',
  kinds,
  informs: true,
  meaning:
    'Whether the stable feature flags of the version that every node runs are enabled; the next version needs them. (`khepri_db` moves the metadata for good and is left to a person.)',
  reasons: {
    Enabled: { status: 'True', meaning: 'They are.' },
    Waiting: {
      needsPerson: false,
      status: 'Unknown',
      meaning: 'They are enabled once every node runs the version.',
    },
    Refused: {
      needsPerson: WHEN_LASTING,
      meaning: 'The broker did not take one; the message has its words. It is tried again.',
      remedy: 'Mend what it says, or enable the flag by hand (`rabbitmqctl enable_feature_flag`).',
      page: UPGRADE,
    },
  },
});

/** Every condition of a MessageBroker. */
export const brokerConditions: readonly ConditionDescription[] = [
  BrokerReachable,
  MembersCurrent,
  TopologySynced,
  QueuesAvailable,
  AcceptsMessages,
  DataOnVolume,
  NodesAsDeclared,
  VersionCurrent,
  FeatureFlagsEnabled,
  CredentialsKept,
  CertificatesValid,
  CertificatesCurrent,
];
