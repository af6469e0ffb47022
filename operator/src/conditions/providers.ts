import { no, passing, unknown, yes, type ConditionEntry, type EventEntry } from './entry.ts';

const STORE = ['EncryptedStore'];
const BROKER = ['MessageBroker'];
const BOTH = [...STORE, ...BROKER];
const DEPENDENCY_DOWN = 'docs/operations/runbooks/CareplaneDependencyDown.md';
const BROKER_DOWN = 'docs/operations/runbooks/CareplaneBrokerDown.md';
const POD_TROUBLE =
  'See the condition Available of HealthcareService: the same reasons, for the pods of the engine.';

/** Why a pod of an engine does not come up: as for a service's. */
const podTrouble = {
  CrashLooping: no('A container of the engine ends again and again.', POD_TROUBLE),
  ImagePullFailed: no("The engine's image cannot be pulled.", POD_TROUBLE),
  ContainerNotCreated: no("The engine's container cannot be made.", POD_TROUBLE),
  Unschedulable: no('No node has room for the pod, or its volume cannot be attached.', POD_TROUBLE),
};

export const providerConditions: readonly ConditionEntry[] = [
  {
    type: 'StorageEncrypted',
    kinds: STORE,
    means:
      'Whether the volumes are shown to be encrypted at rest. (With `encryption.policy: Preferred` it informs and does not count for `Ready`.)',
    reasons: {
      ProvenByKernel: yes('Every volume is a directory that fscrypt encrypts: the kernel says so.'),
      DeclaredByStorageClass: yes("The StorageClass' provisioner encrypts what it makes."),
      WaitingForProof: unknown('A pod has not looked at its volume yet.'),
      Unproven: no(
        'Nothing shows that the volumes are encrypted. Services with `dataClass: phi` wait.',
        'Use a StorageClass whose provider encrypts, or one on an encrypted directory; `encryption.policy: Preferred` takes the risk.',
        'docs/concepts/encryption.md',
      ),
    },
  },
  {
    type: 'DataOnVolume',
    kinds: [...BOTH, 'ObservabilityStack'],
    means: 'Whether the data of every running member lies on its volume, and not beside it.',
    reasons: {
      OnVolume: yes('Every running member started on its volume, and names the directory that is on it.'),
      NotAsked: unknown('No member is up yet, or one was started by an older version of the operator.'),
      VolumeCovered: no(
        'Something is mounted over the data directory, so what is written would go with the pod. The engine was not started.',
        'Take the volume at that path out of the image, or use the official image.',
        'docs/concepts/encryption.md',
      ),
      DataElsewhere: no(
        'A member keeps its data in another directory than the one on its volume.',
        'Take out what overrides the directory: the image, or a change of the ConfigMap.',
        'docs/concepts/encryption.md',
      ),
    },
  },
  {
    type: 'PrimaryAvailable',
    kinds: STORE,
    means: 'Whether the database can be written to.',
    reasons: {
      Available: yes('All members are up.'),
      Degraded: yes('There is a primary, and a member is missing.'),
      Reconfiguring: yes('There is a primary, and members are being added or let go.'),
      Starting: passing('No pod is ready yet.'),
      NotInitiated: passing('The replica set is not made yet.'),
      NoPrimary: no(
        'No member is primary: a majority is missing.',
        'Bring the missing pods back.',
        DEPENDENCY_DOWN,
      ),
      Unreachable: no(
        'A pod is ready and the database does not answer the operator.',
        'Read the log of the pod; look whether the network lets the operator reach it.',
        DEPENDENCY_DOWN,
      ),
      ...podTrouble,
    },
  },
  {
    type: 'UsersSynced',
    kinds: STORE,
    means: 'Whether each service that declares the store has a user with exactly its rights.',
    reasons: {
      Synced: yes('Every service has its user, and nobody else has one.'),
      Waiting: unknown('Users are made when the database is up.'),
    },
  },
  {
    type: 'BrokerReachable',
    kinds: BROKER,
    means: 'Whether the broker answers the operator.',
    reasons: {
      Reachable: yes('It answers.'),
      Starting: passing('No pod is ready yet.'),
      Unreachable: no(
        'A pod is ready and the broker does not answer.',
        'Read the log of the pod.',
        BROKER_DOWN,
      ),
      LoginRefused: no(
        "The broker does not accept the operator's password.",
        'Compare the Secret `<broker>-admin` with what the broker has; the message says what to do.',
        BROKER_DOWN,
      ),
      ...podTrouble,
    },
  },
  {
    type: 'TopologySynced',
    kinds: BROKER,
    means: 'Whether exchanges, queues, bindings, users and permissions are as the declared events ask.',
    reasons: {
      Synced: yes('They are.'),
      QueuesRetained: yes('They are; queues of services that are gone are kept, since messages are in them.'),
      Waiting: unknown('They are made when the broker is up.'),
      QueuesDiffer: no(
        'A queue has other arguments than it should, and those cannot be changed in place.',
        'Empty the queue and delete it: it is made anew.',
        'docs/concepts/events.md',
      ),
      Refused: no(
        'The broker refused what the operator asked for; the message has its words.',
        'Mend what it names.',
      ),
    },
  },
  {
    type: 'CertificatesValid',
    kinds: BOTH,
    means: "Whether the engine's certificate is good and will be renewed in time.",
    reasons: {
      Valid: yes('It is good.'),
      RenewalFailed: no(
        'It is still good and could not be renewed.',
        'The message says why: mostly the Secret of the authority in the namespace of the operator is damaged; restore it.',
      ),
      NoCertificate: no(
        'There is no certificate that clients would accept.',
        'The message says why: restore the Secret of the authority, or delete it to get a new one.',
      ),
    },
  },
  {
    type: 'CertificatesCurrent',
    kinds: BOTH,
    informs: true,
    means:
      'Whether every running member shows the certificate that was renewed. (It counts for `Ready` once it is Late.)',
    reasons: {
      Current: yes('Every running member does.'),
      Waiting: unknown('Members are asked when they are up.'),
      Reloading: passing('A member has not read the renewed one yet; its volume follows within two minutes.'),
      Late: no(
        'A member goes on with the old certificate for longer than its volume takes.',
        'Delete the pod, one at a time, to make it read the new one.',
      ),
    },
  },
];

export const providerEvents: readonly EventEntry[] = [
  {
    reason: 'ShrinkRefused',
    kinds: BROKER,
    means:
      '`spec.nodes` became smaller than what runs. Quorum queues have members on every node: the broker keeps its size.',
    todo: 'Put `spec.nodes` back, or make a new broker and move.',
  },
];
