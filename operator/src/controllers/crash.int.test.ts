import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  installCrds,
  startApiServer,
  startCutProxy,
  until,
  type Cut,
  type CutProxy,
  type RunningApiServer,
} from '@careplane/testing';
import { readSettings } from '../config.ts';
import { Authorities } from '../pki/authority.ts';
import type { AnyController, Logger } from '../runtime/controller.ts';
import { silentLogger } from '../runtime/telemetry/log.ts';
import { startManager, type Manager } from '../runtime/manager.ts';
import { encryptedStoreController } from './encryptedstore/index.ts';
import { PHASES, requestsOf, type Phase } from './fixtures/clinic-life.ts';
import { cutsOf } from './fixtures/cuts.ts';
import { differences, type State } from './fixtures/differences.ts';
import { Mirror } from './fixtures/mirror.ts';
import { healthcareServiceController } from './healthcareservice/index.ts';
import { messageBrokerController } from './messagebroker/index.ts';
import { observabilityStackController } from './observabilitystack/index.ts';
import { scalingPolicyController } from './scalingpolicy/index.ts';

jest.setTimeout(1_200_000);

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Lives that are led at once. */
const AT_ONCE = 8;
/** Of all writes and ways to die at them so many are tried, by a seed that is printed; `make drill` tries every write. */
const LIVES = Number(process.env['CAREPLANE_CRASH_LIVES'] ?? 32);
const SEED = Number(process.env['CAREPLANE_CRASH_SEED'] ?? Date.now() % 1_000_000);
/** How long the undisturbed run has to write nothing to count as finished. */
const QUIET_MS = 4_000;
/** A life that stands still for so long will not come to its end: any retry is sooner. */
const STUCK_MS = 45_000;
/** Lives differ by some writes: so many are led until one comes to the write that it is about. */
const TRIES = 5;
/** ... and by so many at most: a status that is written once more in some. The last of the longer lives may come in no other. */
const DIFFER_BY = 3;

/** How an undisturbed life goes. */
interface Reference {
  ends: Record<Phase, State>;
  writes: number;
  /** Entries of Secrets that the update replaces: a URI that names more members. */
  replaced: ReadonlySet<string>;
}

let server: RunningApiServer;
let mirror: Mirror;
let folder: string;

beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server.api, join(ROOT, 'crds'));
  const children = controllersOf('any').flatMap(({ type, owns }) => [type, ...owns]);
  const types = new Map(children.map((type) => [type.kind, type]));
  mirror = await Mirror.start(server.kubeconfigPath, [...types.values()]);
  folder = await mkdtemp(join(tmpdir(), 'careplane-crash-'));
}, 120_000);

afterAll(async () => {
  await mirror.stop();
  await server.stop();
  await rm(folder, { recursive: true });
});

/** The operator's own controllers; only the figures for scaling are made up, there being no pods. */
function controllersOf(namespace: string): AnyController[] {
  const flags = [`--lease-namespace=${namespace}`, `--observability-dir=${join(ROOT, 'observability')}`];
  const settings = readSettings(flags, {});
  const authorities = new Authorities(namespace);
  const metrics = {
    podCpu: () => Promise.resolve(new Map<string, number>()),
    queueDepth: () => Promise.resolve(0),
  };
  return [
    healthcareServiceController(settings, authorities),
    scalingPolicyController(metrics),
    encryptedStoreController(settings, authorities),
    messageBrokerController(settings, authorities),
    observabilityStackController(settings),
  ];
}

/** Keeps warnings, which tell what held an operator up when a life goes wrong. */
function recordingLogger(lines: string[]): Logger {
  const keep = (message: string, fields: Record<string, unknown> = {}): void => {
    lines.push(`${message} ${JSON.stringify(fields).slice(0, 300)}`);
  };
  return { ...silentLogger, warn: keep, error: keep };
}

function operate(
  namespace: string,
  kubeconfig: string,
  name: string,
  log: Logger = silentLogger,
): Promise<Manager> {
  return startManager({
    kubeconfig,
    controllers: controllersOf(namespace),
    namespaces: [namespace],
    // One for each operator: how long a dead one's Lease is respected is another test's matter.
    lease: { namespace, name },
    identity: name,
    userAgent: 'careplane-operator',
    drainMs: 0,
    log,
  });
}

/** One namespace from its creation to its deletion, with an operator that may die once. */
class Life {
  readonly namespace: string;
  readonly #proxy: CutProxy;
  #operators: Promise<Manager>[];
  #isCut = false;
  /** Warnings of the second operator. */
  readonly warnings: string[] = [];

  private constructor(namespace: string, proxy: CutProxy, operator: Promise<Manager>) {
    this.namespace = namespace;
    this.#proxy = proxy;
    this.#operators = [operator];
    void proxy.cut.then(() => {
      this.#isCut = true;
      this.#operators.push(
        operate(namespace, server.kubeconfigPath, 'second', recordingLogger(this.warnings)),
      );
    });
  }

  static async begin(namespace: string, cut?: Cut): Promise<Life> {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await server.api.apply(`/api/v1/namespaces/${namespace}`, object);
    const proxy = await startCutProxy(server.kubeconfigPath, cut);
    const kubeconfig = join(folder, namespace);
    await writeFile(kubeconfig, proxy.kubeconfig);
    return new Life(namespace, proxy, operate(namespace, kubeconfig, 'first'));
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  get writes(): number {
    return this.#proxy.writes();
  }

  get state(): State {
    return mirror.stateOf(this.namespace);
  }

  async ask(phase: Phase): Promise<void> {
    for (const { method, path, body } of requestsOf(phase, this.namespace))
      if (method === 'DELETE') await server.api.demand('DELETE', path);
      else await server.api.apply(path, body);
  }

  /** Everybody stops gracefully, with what is under way. */
  async end(): Promise<void> {
    const operators = await Promise.all(this.#operators);
    await Promise.all(operators.map((operator) => operator.stop()));
    await this.#proxy.stop();
  }
}

async function undisturbed(namespace: string): Promise<Reference> {
  const life = await Life.begin(namespace);
  const ends = {} as Record<Phase, State>;
  for (const phase of PHASES) {
    await life.ask(phase);
    await quiet(life, phase);
    ends[phase] = life.state;
  }
  const { writes } = life;
  await life.end();
  return { ends, writes, replaced: mirror.replacedIn(namespace) };
}

/** No write for a while, and every object of ours reported as it is asked for now: not merely that nobody has begun. */
async function quiet(life: Life, phase: Phase): Promise<void> {
  let before = -1;
  let since = performance.now();
  await until(
    () => {
      if (life.writes !== before) since = performance.now();
      before = life.writes;
      return Promise.resolve(performance.now() - since > QUIET_MS && isReported(life.state, phase));
    },
    { what: 'the operator to come to rest', deadlineMs: 60_000 },
  );
}

function isReported(state: State, phase: Phase): boolean {
  const kinds = controllersOf('any').map(({ type }) => type.kind);
  const own = [...state].filter(([id]) => kinds.includes(id.split('/')[0] ?? ''));
  if (phase === 'deletion') return own.length === 0;
  return own.length > 0 && own.every(([, form]) => form.includes('"age":"current"'));
}

/** Leads lives until the operator dies in one. `isCut` is false when it came to that write in none, all of which ended well. */
async function disturbed(cut: Cut, reference: Reference): Promise<Outcome> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const namespace = `life-${String(1_000 * attempt + cut.atWrite).padStart(4, '0')}`;
    const outcome = await lead(namespace, cut, reference);
    if (outcome.isCut || outcome.faults.length > 0) return outcome;
  }
  return { faults: [], isCut: false };
}

interface Outcome {
  /** What is wrong in the end. */
  faults: string[];
  /** Whether the operator came to the write at which it was to die. */
  isCut: boolean;
}

/** Leads a life in which the operator dies. */
async function lead(namespace: string, cut: Cut, reference: Reference): Promise<Outcome> {
  const life = await Life.begin(namespace, cut);
  const faults: string[] = [];
  for (const phase of PHASES) {
    try {
      await life.ask(phase);
      await untilEnd(life, reference.ends[phase]);
    } catch (error) {
      const found = differences(life.state, reference.ends[phase]);
      faults.push(`after the ${phase}: ${String(error)}`, ...found, ...life.warnings.slice(-5));
    }
    if (faults.length > 0) break;
  }
  await life.end();
  // What the operator still had under way when it was stopped must not have changed anything.
  if (faults.length === 0) faults.push(...differences(life.state, reference.ends.deletion));
  for (const entry of mirror.replacedIn(namespace))
    if (!reference.replaced.has(entry)) faults.push(`${entry} was handed out and then replaced`);
  return { faults, isCut: life.isCut };
}

/** Waits for the end. Gives up not after some time, which a busy machine needs, but when nothing happens any more. */
async function untilEnd(life: Life, wanted: State): Promise<void> {
  let before = '';
  let since = performance.now();
  await until(
    () => {
      const found = differences(life.state, wanted).join();
      if (found !== before) since = performance.now();
      before = found;
      return Promise.resolve(found === '');
    },
    {
      what: 'the same end as undisturbed',
      deadlineMs: 300_000,
      hopeless: () => (performance.now() - since > STUCK_MS ? 'nothing happens any more' : undefined),
    },
  );
}

/** Does them all, so many at once. */
async function inParallel<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of queue) await run(item);
    }),
  );
}

describe('an operator that dies at its n-th write', () => {
  it('leaves every clinic as one that never died: creation, update and deletion', async () => {
    const [reference, again] = await Promise.all([undisturbed('life-0000'), undisturbed('life-9999')]);
    expect(differences(again.ends.creation, reference.ends.creation)).toEqual([]);
    expect(differences(again.ends.update, reference.ends.update)).toEqual([]);
    expect(differences(again.ends.deletion, reference.ends.deletion)).toEqual([]);
    expect(again.replaced).toEqual(reference.replaced);

    const last = Math.min(reference.writes, again.writes);
    const cuts = cutsOf(last, { lives: LIVES, seed: SEED });
    const faults: string[] = [];
    const never: number[] = [];
    await inParallel(cuts, async (cut) => {
      const { faults: found, isCut } = await disturbed(cut, reference);
      if (found.length > 0) faults.push(`write ${cut.atWrite} (${cut.how}):\n${found.join('\n')}`);
      else if (!isCut) never.push(cut.atWrite);
    });
    const died = `died at ${cuts.length - never.length} of ${last} writes`;
    const rerun = `rerun: CAREPLANE_CRASH_SEED=${SEED} CAREPLANE_CRASH_LIVES=${LIVES}`;
    process.stdout.write(`${died}, ${AT_ONCE} lives at once (${rerun})\n`);
    expect(faults).toEqual([]);
    expect(never.filter((write) => write <= last - DIFFER_BY)).toEqual([]);
  });
});
