import { DataOnVolume } from '../../engines/data-volume.ts';
import { MembersCurrent } from '../../k8s/members-current.ts';
import { podsRefused, podTroubles } from '../../k8s/pod-trouble-reasons.ts';
import { CertificatesCurrent, CertificatesValid } from '../../pki/conditions.ts';
import {
  AT_ONCE,
  conditionType,
  eventType,
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
      needsPerson: WHEN_SETTLED,
      meaning: "The broker does not accept the operator's password.",
      remedy: 'Compare the Secret `<broker>-admin` with what the broker has; the message says what to do.',
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
      meaning: 'The broker refused what the operator asked for; the message has its words.',
      remedy: 'Mend what it names.',
    },
  },
});

export const ShrinkRefused = eventType({
  type: 'Warning',
  reason: 'ShrinkRefused',
  kinds,
  meaning:
    '`spec.nodes` became smaller than what runs. Quorum queues have members on every node: the broker keeps its size.',
  remedy: 'Put `spec.nodes` back, or make a new broker and move.',
});

/** Every condition of a MessageBroker. */
export const brokerConditions: readonly ConditionDescription[] = [
  BrokerReachable,
  MembersCurrent,
  TopologySynced,
  DataOnVolume,
  CertificatesValid,
  CertificatesCurrent,
];
