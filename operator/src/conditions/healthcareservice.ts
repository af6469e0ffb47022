import { no, passing, yes, type ConditionEntry, type EventEntry } from './entry.ts';

const KINDS = ['HealthcareService'];
const EDGES = 'docs/concepts/edges.md';
const ROLLOUTS = 'docs/concepts/rollouts.md';
const SERVICE_DOWN = 'docs/operations/runbooks/CareplaneServiceDown.md';

export const healthcareServiceConditions: readonly ConditionEntry[] = [
  {
    type: 'EdgesResolved',
    kinds: KINDS,
    means: 'Whether everything exists that the service calls, stores in and is connected by.',
    reasons: {
      AllResolved: yes('Every declared edge has its other end.'),
      DanglingEdge: no(
        'A service, port, store or broker that is declared does not exist; the message names each. What runs goes on running.',
        'Create what is missing, or take the edge out of the spec. `careplane graph` shows all edges. It heals by itself when the other end appears.',
        EDGES,
      ),
    },
  },
  {
    type: 'PathsFree',
    kinds: KINDS,
    means: 'Shown only while it is False: no older service has one of the paths behind the same gateway.',
    reasons: {
      PathTaken: no(
        'Two services that one gateway calls expose the same path, mostly since both were made in the same moment: the webhook refuses the second one otherwise. Requests for the path go to the older one.',
        "The message names the service, the path and the gateway. Take the path from one of the two, or one of the two from the gateway's `calls`.",
        'docs/concepts/admission.md',
      ),
    },
  },
  {
    type: 'EdgesUsed',
    kinds: KINDS,
    informs: true,
    means: 'Whether every event of the service has somebody at its other end, and every port a caller.',
    reasons: {
      AllUsed: yes('Every event is published and consumed, and every port is called.'),
      OneSidedEdge: no(
        'An event that the service consumes is published by nobody, or one that it publishes is consumed by nobody (through the same broker).',
        'Nothing, when the other service is still to come. Otherwise look for a misspelt event, or take the edge out.',
        EDGES,
      ),
      UnusedEdge: no(
        'Nobody calls the service over http, or one of its named ports.',
        'Nothing, when it is meant for people (as with `kubectl port-forward`). Otherwise declare `calls` where it is called, or take the port out.',
        EDGES,
      ),
    },
  },
  {
    type: 'EdgesEnforced',
    kinds: KINDS,
    informs: true,
    means: 'Whether the network lets only the declared edges through.',
    reasons: {
      Enforced: yes(
        '`spec.enforcement` is Enforce: the NetworkPolicy lets nothing else through, wherever the network plugin enforces policies.',
      ),
      NotObserved: {
        status: 'Unknown',
        means:
          '`spec.enforcement` is Shadow, and no policy agent has reported on a pod of the service within the last hour.',
        todo: 'Where the policy agent runs (the embedded cluster): see that a pod runs, and `cluster/embedded/logs.sh policy-agent`. Elsewhere nobody reports; find out otherwise what the service talks to before it becomes Enforce.',
        page: EDGES,
      },
      ShadowClean: no(
        '`spec.enforcement` is Shadow, the policy agent is there, and what it saw in the last 7 days is all declared.',
        'Set `spec.enforcement: Enforce` when the service has done every kind of its work meanwhile (also what it does once a night).',
        EDGES,
      ),
      WouldBlock: no(
        '`spec.enforcement` is Shadow, and connections were seen that Enforce would block: they are in `status.wouldBlock` for 7 days after they were last seen.',
        'Declare those that are meant: `egress to` as calls, stores or events of this service, `ingress from` as calls of the other one. Find out where the others come from.',
        EDGES,
      ),
    },
  },
  {
    type: 'BindingsReady',
    kinds: KINDS,
    means: 'Whether everything that is mounted into the pods exists; without it no pod could start.',
    reasons: {
      AllThere: yes('Every binding can be mounted.'),
      ProviderMissing: no(
        'A declared store or broker does not exist.',
        'Create it, or take the edge out.',
        EDGES,
      ),
      CredentialsPending: passing(
        'The store or broker has not made the credentials of this service yet; it does so when it reconciles.',
      ),
      SecretWithheld: no(
        'A Secret of `spec.secrets` is the own one of a store, a broker or the operator, or its folder is that of the broker: it is never given to a service, and nothing is generated into it. No first pod is made; pods that run go on.',
        'Declare the store or the events instead, or name another Secret.',
        'docs/concepts/admission.md',
      ),
      SecretMissing: no(
        'A Secret of `spec.secrets` does not exist, or lacks keys that are being generated.',
        'Create the Secret, or name the keys in `generate` to have them made.',
      ),
      FingerprintPending: passing('The key by which changes of Secrets are told apart is being made.'),
    },
  },
  {
    type: 'DataProtected',
    kinds: KINDS,
    means: 'Whether protected health information lies only in stores whose encryption at rest is proven.',
    reasons: {
      NotRequired: yes('The `dataClass` does not ask for it.'),
      EncryptionProven: yes('It is proven for every store that the service uses.'),
      EncryptionPreferred: yes(
        'It is not proven for some store, whose `encryption.policy` is Preferred: the risk is taken knowingly.',
      ),
      EncryptionUnproven: no(
        'A store of a service with `dataClass: phi` does not show that its volumes are encrypted. No first pod is made.',
        "See the store's condition StorageEncrypted: use a StorageClass that encrypts, or set `encryption.policy: Preferred` there.",
        'docs/concepts/encryption.md',
      ),
    },
  },
  {
    type: 'Available',
    kinds: KINDS,
    means: 'Whether as many pods answer as are wanted.',
    reasons: {
      ReplicasAvailable: yes('As many pods are available as are wanted.'),
      ScaledToZero: yes('No pod is wanted.'),
      NotRolledOut: passing('No pod is made yet: one of the conditions before this one says why.'),
      ReplicasPending: passing(
        'Pods are being started, or they run and do not answer `/readyz` with 200 yet: a store, the broker or keys that they need may be away.',
      ),
      PodsRefused: no(
        'The API server refuses to make pods: a quota, a missing priority class or PodSecurity; the message has its words.',
        'Raise the quota, make the priority class, or mend what the message names; the Deployment tries again by itself.',
        SERVICE_DOWN,
      ),
      CrashLooping: no(
        'A container ends again and again; the message has its exit code.',
        'Read its last words with `careplane logs <service> --level error`; mend the configuration, or go back to the former image.',
        SERVICE_DOWN,
      ),
      ImagePullFailed: no(
        'The image cannot be pulled: its name, its tag or the rights to it are wrong, or the registry is down.',
        'Compare `spec.image` with what the registry has, and look at the events of the pod.',
        SERVICE_DOWN,
      ),
      ContainerNotCreated: no(
        'The container runtime cannot make the container, mostly since a Secret or ConfigMap lacks a key.',
        'Look at the events of the pod with `kubectl describe`.',
        SERVICE_DOWN,
      ),
      Unschedulable: no(
        'No node has room for the pod, or none fits.',
        'Lower `spec.resources.requests`, or add nodes.',
        SERVICE_DOWN,
      ),
    },
  },
  {
    type: 'RolledOut',
    kinds: KINDS,
    means: 'Whether all pods run what the spec says.',
    reasons: {
      Complete: yes('All pods run what the spec says.'),
      Held: passing(
        'The new revision waits for what it needs; pods of the former one, if any, go on. See the other conditions.',
      ),
      InProgress: passing('Pods are being replaced or started.'),
      ProgressDeadlineExceeded: no(
        'The new revision made no progress within `spec.rollout.deadline`. Pods of the former one go on serving.',
        'The message says what holds the pods up. Mend it, or go back: `careplane.dev/rollback-to` names a revision.',
        SERVICE_DOWN,
      ),
      CrashLooping: no(
        'The new revision crashes, and there is nothing to go back to, or automatic rollback is off.',
        'Read its last words with `careplane logs <service> --level error`; mend the spec.',
        SERVICE_DOWN,
      ),
      BurnsSlo: no(
        'The new revision fails its users: it burns the error budget of `spec.slo`, and automatic rollback is off or has nothing to go back to.',
        'Go back to the former image, or set the annotation `careplane.dev/rollback-to`.',
        'docs/operations/runbooks/CareplaneAvailabilityFastBurn.md',
      ),
      RolledBack: no(
        'The new revision failed (the message says how), and the last one that was Ready serves instead. The spec is as it was written.',
        'Change the spec, or set the annotation `careplane.dev/retry` to a new value to try the same again.',
        ROLLOUTS,
      ),
      Pinned: no(
        'The annotation `careplane.dev/rollback-to` holds a revision. (True when that is what the spec says.)',
        'Remove the annotation to go forward.',
        ROLLOUTS,
      ),
      UnknownRevision: no(
        'The annotation `careplane.dev/rollback-to` names no revision of this service; the message lists those that there are.',
        'Correct or remove the annotation.',
        ROLLOUTS,
      ),
    },
  },
];

export const healthcareServiceEvents: readonly EventEntry[] = [
  {
    reason: 'BudgetRaised',
    kinds: KINDS,
    means:
      'Pods have been missing for five minutes or more, so the PodDisruptionBudget lets drains take one more for every five minutes: otherwise a drain whose first pod finds no other place would never end.',
    todo: 'See why pods are missing (`Available`): mostly there is no room for them. End the drain, or make room.',
    page: 'docs/concepts/rollouts.md',
  },
  {
    reason: 'SecretGenerated',
    kinds: KINDS,
    means: 'Missing keys of a Secret that `spec.secrets[].generate` names were filled with random values.',
  },
];
