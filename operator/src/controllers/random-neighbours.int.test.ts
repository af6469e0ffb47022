import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { until } from '@careplane/testing';
import { API_VERSION } from '../api/group.ts';
import { encryptedStores } from '../api/encryptedstore.ts';
import { healthcareServices, type HealthcareService } from '../api/healthcareservice.ts';
import { kinds } from '../api/kinds.ts';
import { messageBrokers } from '../api/messagebroker.ts';
import { observabilityStacks } from '../api/observabilitystack.ts';
import { scalingPolicies } from '../api/scalingpolicy.ts';
import { usesBroker } from '../graph/declared.ts';
import type { Condition, CustomObject } from '../runtime/kube.ts';
import { accountsOf, publishAs, useAs } from './fixtures/engine-accounts.ts';
import { ClinicEngines } from './fixtures/engine-clinic.ts';
import { FaultClinic, pathOf } from './fixtures/fault-clinic.ts';
import { fewFieldsOf, meeting, type TriedObject } from './fixtures/random-objects.ts';
import { ReadyHistory } from './fixtures/ready-history.ts';

/** Another one in each run; the same objects again by `RANDOM_OBJECTS_SEED`. */
const SEED = Number(process.env['RANDOM_OBJECTS_SEED'] ?? Date.now() % 1_000_000);
/** How many are let in of each kind: 500. */
const WANTED = new Map([
  ['HealthcareService', 340],
  ['EncryptedStore', 50],
  ['MessageBroker', 30],
  ['ObservabilityStack', 30],
  ['ScalingPolicy', 50],
]);
/** So many may be tried for each that is let in. */
const TRIES = 8;
/** Of each kind. */
const AT_ONCE = 4;
/** Random services that log in at each engine. */
const LOGINS = 10;
const SETTLE_MS = 180_000;

// All of it takes a minute on a quiet machine.
jest.setTimeout(300_000);

const STORAGE = { storage: { size: '1Gi' } };
const BOOKING = {
  role: 'api',
  http: {},
  stores: [{ store: 'db' }, { store: 'cache' }],
  publishes: [{ event: 'appointment.booked' }],
  consumes: [{ event: 'patient.registered' }],
};
/** One of each kind without a fault of its own, and both kinds of stores. */
const WELL_BEHAVED: readonly [kind: string, name: string, spec: object, change: object][] = [
  ['EncryptedStore', 'db', { engine: 'mongodb', ...STORAGE }, memory('2Gi')],
  ['EncryptedStore', 'cache', { engine: 'redis', ...STORAGE }, memory('2Gi')],
  ['MessageBroker', 'broker', STORAGE, memory('2Gi')],
  ['ObservabilityStack', 'stack', STORAGE, { retention: '30d' }],
  ['HealthcareService', 'booking', BOOKING, { image: 'registry.example/a:2' }],
  [
    'ScalingPolicy',
    'scaling',
    { target: { service: 'booking' }, min: 1, max: 3, queue: { messagesPerReplica: 100 } },
    { min: 2 },
  ],
];
const THERE = {
  services: ['booking', 'a', 'b'],
  stores: ['db', 'cache'],
  brokers: ['broker'],
  secrets: ['db-keyfile', 'cache-admin', 'broker-tls', 'nothing'],
};

let clinic: FaultClinic;
let engines: ClinicEngines;
let history: ReadyHistory;
let tried: ReadonlyMap<string, TriedObject[]>;

function memory(limit: string): object {
  return { resources: { limits: { memory: limit } } };
}

beforeAll(async () => {
  process.stdout.write(`rerun: RANDOM_OBJECTS_SEED=${SEED}\n`);
  // Before the operator runs, in this same process: it takes seconds in which nothing else goes on.
  tried = tries();
  clinic = await FaultClinic.start();
  engines = new ClinicEngines(clinic);
  for (const [kind, name, spec] of WELL_BEHAVED)
    if (kind === 'HealthcareService') await clinic.service(name, spec);
    else await clinic.apply(kind, name, spec);
  await clinic.operate();
  await engines.start();
  await clinic.rollOut('booking');
  await allReady();
  history = await ReadyHistory.start(
    clinic.server.kubeconfigPath,
    [healthcareServices, encryptedStores, messageBrokers, observabilityStacks, scalingPolicies],
    ({ kind, metadata }) => WELL_BEHAVED.some((one) => one[0] === kind && one[1] === metadata.name),
  );
});

afterAll(async () => {
  await clinic.stop();
  await engines.stop();
});

/** Every one that is well-behaved says so of its present spec. */
function allReady(): Promise<unknown> {
  return until(
    async () => {
      const objects = await Promise.all(WELL_BEHAVED.map(([kind, name]) => clinic.object(kind, name)));
      const not = objects.filter((object) => conditionOf(object, 'Ready')?.status !== 'True');
      if (not.length > 0) throw new Error(JSON.stringify(not.map(troubles)));
      return objects.every(isLookedAt);
    },
    { what: 'all to be Ready', deadlineMs: SETTLE_MS, everyMs: 200 },
  );
}

type Conditioned = CustomObject<unknown>;

function conditionOf({ status }: Conditioned, wanted: string): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === wanted);
}

function troubles({ metadata, status }: Conditioned): string {
  const bad = (status?.conditions ?? []).filter(({ status: value }) => value !== 'True');
  return `${metadata.name}: ${bad.map(({ type, reason, message }) => `${type} ${reason} ${message}`).join('; ')}`;
}

/** The operator has said something of the present spec. */
function isLookedAt(object: Conditioned): boolean {
  return conditionOf(object, 'Ready')?.observedGeneration === object.metadata.generation;
}

/** Objects to try, by kind, most of them with edges at what is there. */
function tries(): Map<string, TriedObject[]> {
  const more = WELL_BEHAVED.map(([, name]) => name);
  return new Map(
    kinds.map((kind) => {
      const any = fewFieldsOf(kind, more);
      const meets = any.chain((one) => meeting(one, kind, THERE));
      const some = fc.oneof({ arbitrary: any, weight: 1 }, { arbitrary: meets, weight: 3 });
      return [kind.kind, fc.sample(some, { seed: SEED, numRuns: TRIES * (WANTED.get(kind.kind) ?? 0) })];
    }),
  );
}

/** Creates objects of the kind as `kubectl create` does, until as many as wanted are let in. */
async function make(kind: string): Promise<number> {
  const wanted = WANTED.get(kind) ?? 0;
  const queue = (tried.get(kind) ?? []).values();
  let [made, pending] = [0, 0];
  const worker = async (): Promise<void> => {
    while (made + pending < wanted) {
      const { value } = queue.next();
      if (value === undefined) return;
      pending += 1;
      const letIn = await isLetIn(kind, value);
      pending -= 1;
      if (letIn) made += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return made;
}

async function isLetIn(kind: string, { name, spec }: TriedObject): Promise<boolean> {
  const path = `${pathOf(kind, '').slice(0, -1)}?fieldValidation=Strict`;
  const body = { apiVersion: API_VERSION, kind, metadata: { name }, spec };
  const { status, body: answer } = await clinic.server.api.request('POST', path, { body });
  // Refused by a rule, or the name is taken: in order.
  if (![201, 409, 422].includes(status)) throw new Error(`${kind}: ${JSON.stringify(answer)}`);
  return status === 201;
}

async function all<T extends Conditioned>(kind: string): Promise<T[]> {
  const { items } = (await clinic.server.api.demand('GET', pathOf(kind, '').slice(0, -1))) as { items: T[] };
  return items;
}

/** What a service has at the real engines, by its spec. */
function providersOf({ spec }: HealthcareService): string[] {
  const stores = (spec.stores ?? [])
    .map(({ store }) => store)
    .filter((store) => THERE.stores.includes(store));
  // The oldest, where none is named.
  const { broker = 'broker' } = spec;
  return [...stores, ...(usesBroker(spec) && broker === 'broker' ? ['broker'] : [])];
}

/** The service says itself that something stands against its bindings. */
function isNamed(service: HealthcareService): boolean {
  return ['BindingsReady', 'NamesFree'].some((type) => conditionOf(service, type)?.status === 'False');
}

interface Use {
  service: HealthcareService;
  provider: string;
}

async function uses(): Promise<Use[]> {
  const services = await all<HealthcareService>('HealthcareService');
  return services.flatMap((service) => providersOf(service).map((provider) => ({ service, provider })));
}

async function hasAccount(): Promise<(use: Use) => boolean> {
  const accounts = await accountsOf(engines);
  return ({ service, provider }) => accounts[provider]?.has(service.metadata.name) === true;
}

describe(`500 random objects beside one of each kind, seed ${SEED}`, () => {
  let generations: unknown;

  it('are let in, and looked at', async () => {
    generations = await engines.generations();
    const made = await Promise.all(kinds.map(({ kind }) => make(kind)));
    expect(made).toEqual(kinds.map(({ kind }) => WANTED.get(kind)));
    const everything = async (): Promise<Conditioned[]> =>
      (await Promise.all(kinds.map(({ kind }) => all(kind)))).flat();
    await until(async () => (await everything()).every(isLookedAt), {
      what: 'all to be looked at',
      deadlineMs: SETTLE_MS,
      everyMs: 1_000,
    });
  });

  it('have their accounts at the real engines, or say themselves what stands against it', async () => {
    const unserved = async (): Promise<string[]> => {
      const [found, isServed] = [await uses(), await hasAccount()];
      const left = found.filter((use) => !isServed(use) && !isNamed(use.service));
      return left.map(({ service, provider }) => `${provider} of ${troubles(service)}`);
    };
    let last: string[] = [];
    await until(async () => (last = await unserved()).length === 0, {
      what: 'every user to be served or named',
      deadlineMs: SETTLE_MS,
      everyMs: 1_000,
    }).catch((cause: unknown) => {
      throw new Error(last.join('\n'), { cause });
    });
  });

  it.each(['db', 'cache', 'broker'])('use %s with their credentials, as the others do', async (provider) => {
    const isServed = await hasAccount();
    const users = (await uses()).filter((use) => use.provider === provider && isServed(use));
    expect(users.length).toBeGreaterThan(LOGINS);
    const some = users.slice(-LOGINS).map(({ service }) => service.metadata.name);
    for (const service of [...some, 'booking']) await useAs(service, provider, engines);
  });

  it('keep nobody from publishing', () => publishAs('booking', 'appointment.booked', engines));

  it('take no Ready from anybody else, at no time, and restart no engine', async () => {
    await history.stop();
    expect(history.changes.filter(({ status }) => status !== 'True')).toEqual([]);
    expect(history.changes).toHaveLength(WELL_BEHAVED.length);
    expect(await engines.generations()).toEqual(generations);
  });

  it('hold up no change of the others', async () => {
    for (const [kind, name, , change] of WELL_BEHAVED)
      await clinic.mergePatch(pathOf(kind, name), { spec: change });
    let done: boolean[] = [];
    await until(async () => (done = await carriedOut()).every(Boolean), {
      what: 'changes to be carried out',
      deadlineMs: SETTLE_MS,
    }).catch((cause: unknown) => {
      throw new Error(JSON.stringify(done), { cause });
    });
  });
});

/** Of each change of a well-behaved object whether it has come to what is made of it. */
async function carriedOut(): Promise<boolean[]> {
  const { spec } = await clinic.template('deployments', 'booking');
  const before = await Promise.all(
    ['db', 'cache', 'broker', 'stack-prometheus'].map((set) => clinic.template('statefulsets', set)),
  );
  const text = before.map((template) => JSON.stringify(template));
  const deployment = (await clinic.server.api.demand(
    'GET',
    '/apis/apps/v1/namespaces/clinic/deployments/booking',
  )) as { spec: { replicas: number } };
  return [
    spec.containers[0]?.image === 'registry.example/a:2',
    deployment.spec.replicas === 2,
    ...text.slice(0, 3).map((template) => template.includes('"memory":"2Gi"')),
    text[3]?.includes('30d') === true,
  ];
}
