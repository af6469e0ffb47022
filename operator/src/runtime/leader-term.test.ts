import { describe, expect, it } from '@jest/globals';
import { DependencyDown, type AnyController, type JudgedCondition, type Plan } from './controller.ts';
import { clinicController, clinics, type ClinicHooks } from './fixtures/clinic.ts';
import { ManualClock } from './fixtures/manual-clock.ts';
import { keyOf } from './keys.ts';
import type { AnyObject, KubeObject, ObjectKey, ResourceType } from './kube.ts';
import { silentLogger } from './telemetry/log.ts';
import { Metrics } from './telemetry/metrics.ts';
import { noTracing } from './telemetry/tracing.ts';
import { LeaderTerm, type LeaderTermOptions } from './leader-term.ts';

const CONCURRENCY = 2;

const objectOf = (name: string, type: ResourceType = clinics): AnyObject => ({
  apiVersion: type.apiVersion,
  kind: type.kind,
  metadata: { namespace: 'n', name, uid: name, generation: 1 },
  spec: { message: 'm' },
});

const brokerDown: JudgedCondition = { type: 'Broker', status: 'False', reason: 'Down', message: 'wait' };

/** A term over objects that the test puts there; writes are only noted. */
class Scene {
  readonly clock = new ManualClock();
  readonly metrics = new Metrics();
  /** What was written to the API server. */
  readonly wrote: string[] = [];
  readonly term: LeaderTerm;
  readonly #objects = new Map<string, KubeObject>();

  constructor(controllers: readonly AnyController[], options: Partial<LeaderTermOptions> = {}) {
    const { clock, metrics } = this;
    const get = ({ kind }: ResourceType, { name }: ObjectKey): KubeObject | undefined =>
      this.#objects.get(`${kind} ${name}`);
    const cache = { get, list: () => [], child: () => ({}), covers: () => true, isMetadataOnly: () => false };
    const write = (what: string) => (object: KubeObject) => {
      this.wrote.push(`${what} ${object.metadata.name}`);
      return Promise.resolve(object);
    };
    const client = {
      mergePatch: write('patch'),
      applyStatus: write('status'),
      apply: write('apply'),
      discovery: { typeOf: ({ kind }: KubeObject) => Promise.resolve({ ...clinics, kind }) },
    };
    this.term = new LeaderTerm({
      controllers,
      client: client as never,
      informers: cache as never,
      metrics,
      clock,
      random: () => 0.5,
      log: silentLogger,
      identity: 'test',
      concurrency: CONCURRENCY,
      resyncMs: 600_000,
      lost: new AbortController().signal,
      tracing: noTracing,
      isSuspended: () => false,
      safeMs: () => 1_000,
      ...options,
    });
  }

  /** The value of a metric's line, as Prometheus would read it. */
  async metric(line: string): Promise<number | undefined> {
    const text = await this.metrics.registry.metrics();
    const found = text.split('\n').find((each) => each.startsWith(`${line} `));
    return found === undefined ? undefined : Number(found.slice(line.length + 1));
  }

  async put(type: ResourceType, ...names: string[]): Promise<void> {
    for (const name of names) {
      const object = objectOf(name, type);
      this.#objects.set(`${type.kind} ${name}`, object);
      this.term.enqueue(object);
    }
    await this.clock.advance(0);
  }
}

/** A controller whose reconciles of some objects never end. */
function hanging(hooks: ClinicHooks, hangs: (name: string) => boolean, type = clinics): AnyController {
  const observe = (object: KubeObject): Promise<unknown> =>
    hangs(keyOf(object).name) ? new Promise(() => undefined) : Promise.resolve(undefined);
  const plan = (): Plan => ({ children: [], conditions: [] });
  return { ...clinicController(hooks), type, observe, plan };
}

describe('a term of leadership', () => {
  it('tells how many objects wait for a place, how long they did, and how long the longest run has lasted', async () => {
    let finish: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    const act = ({ metadata }: KubeObject): Promise<void> =>
      metadata.name === 'a' ? slow : Promise.resolve();
    const scene = new Scene([hanging({ act }, () => false)], { concurrency: 1 });
    await scene.put(clinics, 'a', 'b', 'c');
    expect(await scene.metric('careplane_queue_depth{kind="Clinic"}')).toBe(2);
    await scene.clock.advance(3_000);
    scene.term.measure();
    expect(await scene.metric('careplane_reconcile_longest_seconds{kind="Clinic"}')).toBe(3);
    finish();
    await scene.clock.advance(0);
    scene.term.measure();
    expect(await scene.metric('careplane_queue_depth{kind="Clinic"}')).toBe(0);
    expect(await scene.metric('careplane_reconcile_longest_seconds{kind="Clinic"}')).toBe(0);
    expect(await scene.metric('careplane_queue_latency_seconds_sum{kind="Clinic"}')).toBe(6);
    expect(await scene.metric('careplane_queue_latency_seconds_count{kind="Clinic"}')).toBe(3);
  });

  it.each<[string, ClinicHooks, Partial<LeaderTermOptions>]>([
    ['ok', {}, {}],
    ['error', { act: () => Promise.reject(new Error('no')) }, {}],
    ['fenced', {}, { safeMs: () => 0 }],
    ['dependency_down', { act: () => Promise.reject(new DependencyDown('broker', brokerDown)) }, {}],
    ['suspended', {}, { isSuspended: () => true }],
  ])('counts a reconcile that ended %s as such, with its time', async (result, hooks, options) => {
    const scene = new Scene([hanging(hooks, () => false)], options);
    await scene.put(clinics, 'a');
    const counts = (await scene.metrics.registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith('careplane_reconcile_duration_seconds_count'));
    expect(counts).toEqual([
      `careplane_reconcile_duration_seconds_count{kind="Clinic",result="${result}"} 1`,
    ]);
  });

  it('goes on with one kind while all places of another hang', async () => {
    const wards = { ...clinics, kind: 'Ward', plural: 'wards' };
    const seen: string[] = [];
    const act = ({ metadata }: KubeObject): Promise<void> => {
      seen.push(metadata.name);
      return Promise.resolve();
    };
    const scene = new Scene([hanging({}, () => true), hanging({ act }, () => false, wards)]);
    await scene.put(clinics, 'a', 'b', 'c', 'd', 'e');
    await scene.put(wards, 'w');
    expect(seen).toEqual(['w']);
  });
});
