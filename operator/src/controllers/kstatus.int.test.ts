import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { kstatusOf, runLua, until, type Kstatus } from '@careplane/testing';
import { FaultClinic, pathOf } from './fixtures/fault-clinic.ts';
import { FAULTS_OF_OTHERS, FAULTS_OF_SERVICES, LOST, SMALL, type Fault } from './fixtures/faults.ts';

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
  await clinic.claim(LOST, `${LOST}-0`);
  await clinic.applyEarlier('MessageBroker', SMALL.name, SMALL.spec);
  untouched = await Promise.all(KINDS.map((kind) => clinic.kstatus(kind, newOf(kind))));
  await clinic.operate();
}, 120_000);

afterAll(() => clinic.stop());

const KINDS = ['HealthcareService', 'EncryptedStore', 'MessageBroker', 'ObservabilityStack', 'ScalingPolicy'];

/** Name of the object that has no fault; each has its own, since children are named after them. */
function newOf(kind: string): string {
  return `new-${kind.toLowerCase()}`;
}

/** What was said of an object that was Failed, and how long after the cause (milliseconds). */
interface Failure {
  ms: number;
  message: string;
}

/** Brings faults about and looks at all objects until each is Failed, or the time of all is over. */
async function failures(faults: readonly Fault[]): Promise<ReadonlyMap<Fault, Failure>> {
  const since = new Map<Fault, number>();
  const found = new Map<Fault, Failure>();
  const look = async (): Promise<boolean> => {
    const waiting = faults.filter((fault) => since.has(fault) && !found.has(fault));
    const objects = await Promise.all(waiting.map(({ kind, name }) => clinic.object(kind, name)));
    const verdicts = kstatusOf(objects);
    for (const [index, fault] of waiting.entries()) {
      const { status, message = '' } = verdicts[index] ?? {};
      if (status === 'Failed') found.set(fault, { ms: performance.now() - (since.get(fault) ?? 0), message });
    }
    const isOver = [...since.values()].every((at) => performance.now() - at > LIMIT);
    return since.size === faults.length && (found.size === faults.length || isOver);
  };
  const caused = faults.map(async (fault) => {
    await fault.cause(clinic);
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

  it.each([
    ['HealthcareServices', FAULTS_OF_SERVICES],
    ['any other kind', FAULTS_OF_OTHERS],
  ])(
    'is Failed with the reason within 30 s of a cause that needs a person, of %s',
    async (_, faults) => {
      const found = await failures(faults);
      const wrong = faults
        .map((fault) => ({ fault, failure: found.get(fault) }))
        .filter(({ fault, failure }) => failure?.message.includes(fault.says) !== true || failure.ms > LIMIT)
        .map(
          ({ fault, failure }) =>
            `${fault.kind} ${fault.name}: ${failure === undefined ? 'not Failed' : JSON.stringify(failure)}`,
        );
      expect(wrong).toEqual([]);
    },
    120_000,
  );

  it('is in other words what Argo CD says', async () => {
    const objects = await Promise.all(
      [...FAULTS_OF_SERVICES, ...FAULTS_OF_OTHERS, ...KINDS.map((kind) => ({ kind, name: newOf(kind) }))].map(
        ({ kind, name }) => clinic.object(kind, name),
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
    await until(async () => (await clinic.imageOf('slow')) === 'registry.example/a:2', {
      what: 'the new image',
    });
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
