import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { kstatusOf, runLua, until, type Kstatus } from '@careplane/testing';
import { FaultClinic, pathOf, TROUBLE } from './fixtures/fault-clinic.ts';

const HEALTH = fileURLToPath(new URL('../../../integrations/argocd/health.lua', import.meta.url));
/** From the cause that needs a person to Failed (milliseconds). */
const LIMIT = 30_000;
const STORAGE = { storage: { size: '1Gi' } };

let clinic: FaultClinic;
let untouched: (Kstatus | undefined)[];

beforeAll(async () => {
  clinic = await FaultClinic.start();
  await clinic.service(newOf('HealthcareService'));
  await clinic.apply('EncryptedStore', newOf('EncryptedStore'), { engine: 'redis', ...STORAGE });
  await clinic.apply('MessageBroker', newOf('MessageBroker'), STORAGE);
  await clinic.apply('ObservabilityStack', newOf('ObservabilityStack'), STORAGE);
  await clinic.apply('ScalingPolicy', newOf('ScalingPolicy'), {
    target: { service: newOf('HealthcareService') },
    min: 1,
    max: 2,
    cpu: { utilization: 50 },
  });
  untouched = await Promise.all(KINDS.map((kind) => clinic.kstatus(kind, newOf(kind))));
  await clinic.operate();
}, 120_000);

afterAll(() => clinic.stop());

const KINDS = ['HealthcareService', 'EncryptedStore', 'MessageBroker', 'ObservabilityStack', 'ScalingPolicy'];

/** Name of the object that has no fault; each has its own, since children are named after them. */
function newOf(kind: string): string {
  return `new-${kind.toLowerCase()}`;
}

interface Fault {
  kind: string;
  name: string;
  /** What is said of it. */
  says: string;
  /** Makes the object, and the cause. */
  cause: () => Promise<void>;
}

const service = (name: string, says: string, cause: () => Promise<void>): Fault => ({
  kind: 'HealthcareService',
  name,
  says,
  cause,
});

/** A service whose first pod is in that state. */
function inTrouble(name: string, says: string, status: object): Fault {
  return service(name, says, async () => {
    await clinic.service(name);
    await clinic.pod('deployments', name, status);
  });
}

function engine(kind: string, name: string, trouble: [status: object, says: string], spec: object): Fault {
  const workload = kind === 'ObservabilityStack' ? `${name}-prometheus` : name;
  const cause = async (): Promise<void> => {
    await clinic.apply(kind, name, spec);
    await clinic.pod('statefulsets', workload, trouble[0]);
  };
  return { kind, name, says: trouble[1], cause };
}

const policy = (name: string, service: string): Promise<void> =>
  clinic.apply('ScalingPolicy', name, { target: { service }, min: 1, max: 2, cpu: { utilization: 50 } });

const MISSING: [object, string] = [TROUBLE.missingImage, 'cannot be pulled'];
const CRASH: [object, string] = [TROUBLE.crash, 'ended with exit code 1'];
const UNSCHEDULABLE: [object, string] = [TROUBLE.unschedulable, 'Insufficient cpu'];
const REDIS = { engine: 'redis', ...STORAGE };
const MONGODB = { engine: 'mongodb', ...STORAGE };

const FAULTS: Fault[] = [
  inTrouble('missing-image', ...turned(MISSING)),
  inTrouble('crash', ...turned(CRASH)),
  inTrouble('no-key', 'there is no secret keys', TROUBLE.noKey),
  inTrouble('unschedulable', ...turned(UNSCHEDULABLE)),
  service('quota', 'exceeded quota', async () => {
    await clinic.service('quota');
    await clinic.deploymentStatus('quota', {
      conditions: [
        { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota: small' },
      ],
    });
  }),
  service('deadline', 'made no progress', async () => {
    await clinic.service('deadline');
    await clinic.deploymentStatus('deadline', {
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: '' }],
    });
  }),
  service('secret', 'the Secret by-hand does not exist', () =>
    clinic.service('secret', { secrets: [{ name: 'by-hand' }] }),
  ),
  service('edge', 'no HealthcareService nobody', () =>
    clinic.service('edge', { calls: [{ service: 'nobody' }] }),
  ),
  service('provider', 'no EncryptedStore nowhere', () =>
    clinic.service('provider', { stores: [{ store: 'nowhere' }] }),
  ),
  service('taken', 'belongs to ConfigMap other', async () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: 'other', controller: true };
    await clinic.server.api.apply('/api/v1/namespaces/clinic/configmaps/taken-bindings', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'taken-bindings', ownerReferences: [owner] },
    });
    await clinic.service('taken');
  }),
  service('pinned', 'no revision of this service', async () => {
    await clinic.service('pinned');
    await clinic.annotate('HealthcareService', 'pinned', { 'careplane.dev/rollback-to': 'nothing' });
  }),
  service('upgraded', 'cannot be pulled', async () => {
    await clinic.service('upgraded');
    await clinic.rollOut('upgraded');
    await clinic.service('upgraded', { image: 'registry.example/a:broken' });
    await until(async () => (await imageOf('upgraded')) === 'registry.example/a:broken', {
      what: 'the new image',
    });
    await clinic.deploymentStatus('upgraded', { replicas: 2, updatedReplicas: 1, availableReplicas: 1 });
    await clinic.pod('deployments', 'upgraded', TROUBLE.missingImage);
  }),
  engine('EncryptedStore', 'redis-image', MISSING, REDIS),
  engine('EncryptedStore', 'mongo-crash', CRASH, MONGODB),
  engine('EncryptedStore', 'mongo-nowhere', UNSCHEDULABLE, MONGODB),
  engine('EncryptedStore', 'plain', [volumeSays('--------------e------- /data'), 'nothing shows'], MONGODB),
  engine('EncryptedStore', 'covered', [refusal(), 'was not started'], MONGODB),
  engine('MessageBroker', 'rabbit-image', MISSING, STORAGE),
  engine('MessageBroker', 'rabbit-crash', CRASH, STORAGE),
  engine('MessageBroker', 'rabbit-nowhere', UNSCHEDULABLE, STORAGE),
  engine('ObservabilityStack', 'stack-image', MISSING, STORAGE),
  engine('ObservabilityStack', 'stack-crash', CRASH, STORAGE),
  {
    kind: 'ScalingPolicy',
    name: 'lost',
    says: 'no HealthcareService nobody',
    cause: () => policy('lost', 'nobody'),
  },
  {
    kind: 'ScalingPolicy',
    name: 'second',
    says: 'has the same target',
    cause: async () => {
      await clinic.service('shared');
      await policy('first', 'shared');
      await clinic.object('ScalingPolicy', 'first');
      await policy('second', 'shared');
    },
  },
];

function turned([status, says]: [object, string]): [string, object] {
  return [says, status];
}

function volumeSays(message: string): object {
  const state = { terminated: { exitCode: 0, message, startedAt: null, finishedAt: null } };
  return {
    initContainerStatuses: [
      { name: 'prove-volume', ready: true, restartCount: 0, image: 'a', imageID: '', state },
    ],
  };
}

function refusal(): object {
  const message = 'the data directory is not on the volume of the pod: another mount covers it';
  const lastState = { terminated: { exitCode: 1, message, startedAt: null, finishedAt: null } };
  const one = { name: 'main', ready: false, restartCount: 1, image: 'a', imageID: '' };
  return { containerStatuses: [{ ...one, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState }] };
}

async function imageOf(name: string): Promise<string | undefined> {
  return (await clinic.template('deployments', name)).spec.containers[0]?.image;
}

/** What was said of an object that was Failed, and how long after the cause (milliseconds). */
interface Failure {
  ms: number;
  message: string;
}

/** Brings all faults about and looks at all objects until each is Failed, or the time of all is over. */
async function failures(): Promise<ReadonlyMap<Fault, Failure>> {
  const since = new Map<Fault, number>();
  const found = new Map<Fault, Failure>();
  const look = async (): Promise<boolean> => {
    const waiting = FAULTS.filter((fault) => since.has(fault) && !found.has(fault));
    const objects = await Promise.all(waiting.map(({ kind, name }) => clinic.object(kind, name)));
    const verdicts = kstatusOf(objects);
    for (const [index, fault] of waiting.entries()) {
      const { status, message = '' } = verdicts[index] ?? {};
      if (status === 'Failed') found.set(fault, { ms: performance.now() - (since.get(fault) ?? 0), message });
    }
    const isOver = [...since.values()].every((at) => performance.now() - at > LIMIT);
    return since.size === FAULTS.length && (found.size === FAULTS.length || isOver);
  };
  const caused = FAULTS.map(async (fault) => {
    await fault.cause();
    since.set(fault, performance.now());
  });
  await Promise.all([
    ...caused,
    until(look, { what: 'all to be Failed', deadlineMs: 3 * LIMIT, everyMs: 500 }),
  ]);
  return found;
}

describe('kstatus of an object', () => {
  it('is not Current before the operator has looked at it, of any kind', () => {
    expect(untouched.map((verdict) => verdict?.status)).toEqual(KINDS.map(() => 'InProgress'));
  });

  it('is Failed with the reason within 30 s of a cause that needs a person, of any kind', async () => {
    const found = await failures();
    const wrong = FAULTS.map((fault) => ({ fault, failure: found.get(fault) }))
      .filter(({ fault, failure }) => failure?.message.includes(fault.says) !== true || failure.ms > LIMIT)
      .map(
        ({ fault, failure }) =>
          `${fault.kind} ${fault.name}: ${failure === undefined ? 'not Failed' : JSON.stringify(failure)}`,
      );
    expect(wrong).toEqual([]);
  }, 120_000);

  it('is in other words what Argo CD says', async () => {
    const objects = await Promise.all(
      [...FAULTS, ...KINDS.map((kind) => ({ kind, name: newOf(kind) }))].map(({ kind, name }) =>
        clinic.object(kind, name),
      ),
    );
    const words = { Failed: 'Degraded', InProgress: 'Progressing', Current: 'Healthy' };
    const health = runLua(HEALTH, objects) as { status: string }[];
    const expected = kstatusOf(objects).map(({ status }) => words[status as keyof typeof words]);
    expect(health.map(({ status }) => status)).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(1);
  });

  it('says Failed no more as soon as the cause is mended', async () => {
    await clinic.service('nobody');
    await clinic.service('edge', { calls: [] });
    await until(async () => (await clinic.kstatus('HealthcareService', 'edge'))?.status === 'InProgress', {
      what: 'edge to be InProgress',
    });
    await clinic.rollOut('edge');
  });

  it('is Current only when every pod runs what the spec says', async () => {
    await clinic.service('slow');
    const path = pathOf('HealthcareService', 'slow');
    const observed = (generation: number): Promise<unknown> =>
      until(
        async () => {
          const { status } = await clinic.object('HealthcareService', 'slow');
          expect((await clinic.kstatus('HealthcareService', 'slow'))?.status).toBe('InProgress');
          return status?.observedGeneration === generation;
        },
        { what: `${path} to be looked at` },
      );
    await observed(1);
    await clinic.rollOut('slow');
    await clinic.service('slow', { image: 'registry.example/a:2' });
    await observed(2);
    await until(async () => (await imageOf('slow')) === 'registry.example/a:2', { what: 'the new image' });
    await clinic.rollOut('slow');
  });

  it('is InProgress while engines have no pods, for however long', async () => {
    const verdicts = await Promise.all(
      ['EncryptedStore', 'MessageBroker', 'ObservabilityStack'].map((kind) =>
        clinic.kstatus(kind, newOf(kind)),
      ),
    );
    expect(verdicts.map((verdict) => verdict?.status)).toEqual(['InProgress', 'InProgress', 'InProgress']);
  });

  it('does not take what passes by itself for something that needs a person', async () => {
    const { status } = await clinic.object('HealthcareService', newOf('HealthcareService'));
    const types = status?.conditions?.map(({ type }) => type) ?? [];
    expect(types).toContain('Reconciling');
    expect(types).not.toContain('Stalled');
  });
});
