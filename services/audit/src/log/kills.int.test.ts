import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureCollections, Unavailable } from '@careplane/kit';
import { encodeSigningKey } from '@careplane/tlog';
import { startMongod, until } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import { checkLog } from '../../test/check-log.ts';
import { newLogKeys, startReplica } from '../../test/log-ground.ts';
import { Appender } from './appender.ts';
import { logCollections } from './collections.ts';
import { Replica } from './replica.ts';
import { LogStore } from './store.ts';

const PROGRAM = fileURLToPath(new URL('../../test/appending-process.ts', import.meta.url));
const KILLS = 5;
const keys = newLogKeys();
let mongod: RunningMongod;
let client: MongoClient;

beforeAll(async () => {
  mongod = await startMongod();
  client = new MongoClient(mongod.uri);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await client.close();
  await mongod.stop();
});

/** What runs, whatever becomes of the test. */
const children: ChildProcess[] = [];

interface Appending {
  readonly process: ChildProcess;
  /** Batches of ids that were acknowledged. */
  readonly done: string[];
  readonly begun: string[];
}

function startAppending(database: string): Appending {
  const env = {
    ...process.env,
    URI: mongod.uri,
    DATABASE: database,
    SIGNING_KEY: encodeSigningKey(keys.signing),
  };
  const child = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const appending: Appending = { process: child, done: [], begun: [] };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [word, ...ids] = line.split(' ');
    if (word === 'about') appending.begun.push(...ids);
    if (word === 'done') appending.done.push(...ids);
  });
  return appending;
}

function hears(who: string, probe: () => boolean): Promise<unknown> {
  return until(() => Promise.resolve(probe()), { what: `entries of ${who}`, everyMs: 5 });
}

async function kill({ process: child }: Appending): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

describe('replicas that are killed', () => {
  it('lose nothing that was acknowledged, double nothing and fork nothing, and stop nobody else', async () => {
    const database = 'kills';
    const ended: Appending[] = [];
    let survivor = startAppending(database);
    for (let at = 0; at < KILLS; at += 1) {
      const victim = survivor;
      survivor = startAppending(database);
      const next = survivor;
      const before = victim.done.length;
      // Both append: then one dies, at whatever step it is, and the other one goes on.
      await hears('both replicas', () => next.done.length > 0 && victim.done.length > before);
      await kill(victim);
      ended.push(victim);
      const reached = next.done.length;
      await hears('the one that is left', () => next.done.length > reached);
    }
    await kill(survivor);
    ended.push(survivor);
    const ids = new Set(await checkLog(client.db(database), keys.verifiers));
    const acknowledged = ended.flatMap(({ done }) => done);
    expect(acknowledged.length).toBeGreaterThan(KILLS);
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    const begun = new Set(ended.flatMap((one) => one.begun));
    expect([...ids].filter((id) => !begun.has(id))).toEqual([]);
  }, 180_000);
});

/** What a replica does to the database, in order. Each may be the last thing that it does, or the last that it tried. */
const STEPS = ['insertEntries', 'storeTiles', 'insertBatch'] as const;
type Step = (typeof STEPS)[number];

/** A store whose process dies at the nth call of a step: before it, or after it and before its answer. */
class DyingStore extends LogStore {
  #left = 0;
  #step: Step | undefined;
  #isAfter = false;
  isDead = false;

  dieAt(step: Step, nth: number, isAfter: boolean): void {
    [this.#step, this.#left, this.#isAfter] = [step, nth, isAfter];
  }

  override insertEntries(
    ...args: Parameters<LogStore['insertEntries']>
  ): ReturnType<LogStore['insertEntries']> {
    return this.#live('insertEntries', () => super.insertEntries(...args));
  }

  override storeTiles(...args: Parameters<LogStore['storeTiles']>): Promise<void> {
    return this.#live('storeTiles', () => super.storeTiles(...args));
  }

  override insertBatch(...args: Parameters<LogStore['insertBatch']>): Promise<void> {
    return this.#live('insertBatch', () => super.insertBatch(...args));
  }

  async #live<T>(step: Step, work: () => Promise<T>): Promise<T> {
    const isLast = step === this.#step && --this.#left === 0;
    if (this.isDead || (isLast && !this.#isAfter)) {
      this.isDead = true;
      throw new Error('dead');
    }
    const result = await work();
    if (isLast) {
      this.isDead = true;
      throw new Error('dead');
    }
    return result;
  }
}

describe('a replica that dies at a step', () => {
  const cases = STEPS.flatMap((step) =>
    [1, 2].flatMap((nth) => [false, true].map((isAfter) => ({ step, nth, isAfter }))),
  );

  it.each(cases)(
    'leaves a log on which the next one goes on: $step, call $nth, done: $isAfter',
    async ({ step, nth, isAfter }) => {
      const database = `step-${step}-${nth}-${String(isAfter)}`;
      const ground = await startReplica({ uri: mongod.uri, database, keys });
      try {
        await ensureCollections(ground.mongo, logCollections());
        const store = new DyingStore(ground.mongo);
        const replica = new Replica(store, await store.openHead(keys));
        const logger = { info: noop, warn: noop, error: noop, debug: noop } as never;
        const dying = new Appender({ store, replica, logger, observe: noop, patienceMs: 0 });
        const all = Array.from({ length: 900 }, (_entry, at) => ({
          id: `00000000-0000-7000-8000-${at.toString(16).padStart(12, '0')}`,
          sealed: Buffer.from(`sealed ${at}`),
          index: {},
        }));
        store.dieAt(step, nth, isAfter);
        const acknowledged: string[] = [];
        for (let at = 0; at < 900 && !store.isDead; at += 300) {
          const part = all.slice(at, at + 300);
          await dying.append(part).then(
            () => acknowledged.push(...part.map(({ id }) => id)),
            (error: unknown) => {
              expect(error).toBeInstanceOf(Unavailable);
            },
          );
        }
        expect(store.isDead).toBe(true);
        const between = new Set(await checkLog(client.db(database), keys.verifiers));
        expect(acknowledged.filter((id) => !between.has(id))).toEqual([]);
        // The broker delivers again what was not acknowledged, and more.
        await ground.log.append(all.toReversed());
        expect((await checkLog(client.db(database), keys.verifiers)).toSorted()).toEqual(
          all.map(({ id }) => id),
        );
      } finally {
        await ground.stop();
      }
    },
  );
});

function noop(): void {
  // what is observed does not matter here
}
