import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startMongod, until } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { startOn } from '../../test/ground.ts';
import {
  connectMongo,
  createIdempotency,
  ensureCollections,
  requestSignal,
  Router,
  withTransaction,
} from '../index.ts';
import type { Idempotency, Mongo, RunningService, Transaction } from '../index.ts';
import { createTestBindings, mongodbEntries } from '../testing/index.ts';
import type { TestBindings } from '../testing/index.ts';

interface Visit {
  _id: string;
}

const LIMIT_MS = 300;

describe('a write whose time is over', () => {
  let mongod: RunningMongod;
  let client: MongoClient;
  let db: Db;
  let bindings: TestBindings;
  let service: RunningService;
  /** What each request came to, in order; a handler goes on after its answer. */
  const outcomes: string[] = [];
  /** Runs between a transaction's last operation and its commit, or in its commit. */
  const slow: { before?: () => Promise<unknown>; commit?: () => Promise<unknown> } = {};
  let signal: AbortSignal | undefined;

  const router = (mongo: Mongo, idempotency: Idempotency): Router => {
    const visits = mongo.collection<Visit>('visits');
    const insert = (id: string) => async (tx: Transaction) => {
      await visits.insert([{ _id: id }], tx);
      await slow.before?.();
      const commit = tx.session.commitTransaction.bind(tx.session);
      tx.session.commitTransaction = async () => {
        await slow.commit?.();
        await commit();
      };
      return { status: 201 };
    };
    const routes = Router();
    routes.post('/visits/:id', async (req, res) => {
      const { id } = req.params;
      signal = requestSignal(req);
      const isKeyed = req.get('idempotency-key') !== undefined;
      const work = isKeyed
        ? idempotency.run(req, { required: true }, insert(id))
        : withTransaction(mongo, insert(id), { signal });
      await work.then(
        () => outcomes.push('saved'),
        (error: unknown) => outcomes.push((error as Error).name),
      );
      if (!res.headersSent) res.status(201).end();
    });
    return routes;
  };

  beforeAll(async () => {
    mongod = await startMongod();
    client = new MongoClient(mongod.uri);
    db = client.db('visits');
    bindings = createTestBindings();
    bindings.write('db', mongodbEntries(mongod, 'visits'));
    const start = async (ctx: Parameters<Parameters<typeof startOn>[2]>[0]): Promise<{ router: Router }> => {
      const mongo = await connectMongo(ctx);
      await ensureCollections(mongo, [{ name: 'visits' }]);
      return { router: router(mongo, await createIdempotency({ mongo })) };
    };
    service = await startOn(bindings, 'visits', start, { REQUEST_TIMEOUT_MS: String(LIMIT_MS) });
  });
  beforeEach(async () => {
    outcomes.length = 0;
    delete slow.before;
    delete slow.commit;
    await db.collection('visits').deleteMany({});
  });
  afterAll(async () => {
    await service.stop();
    await client.close();
    await mongod.stop();
    bindings.remove();
  });

  const post = async (headers: Record<string, string> = {}, leave?: AbortSignal): Promise<number> => {
    const init = { method: 'POST', headers, ...(leave ? { signal: leave } : {}) };
    return (await fetch(`${service.url ?? ''}/visits/a`, init)).status;
  };
  const saved = (): Promise<number> => db.collection('visits').countDocuments();
  const isOver = (): Promise<unknown> =>
    until(() => Promise.resolve(outcomes[0]), { what: 'the end of the write' });
  const gate = (): { readonly opened: Promise<void>; open: () => void } => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    return {
      opened: promise,
      open: () => {
        resolve(undefined);
      },
    };
  };

  it.each([
    ['a transaction', {}],
    ['a create with a key', { 'idempotency-key': 'a-key-of-its-own' }],
  ])('is not made after the answer 503 by %s', async (_what, headers) => {
    const { opened, open } = gate();
    slow.before = () => opened;
    expect(await post(headers)).toBe(503);
    open();
    await isOver();
    expect([outcomes, await saved()]).toEqual([['Unavailable'], 0]);
  });

  it('is not made while the database takes no writes and takes them again after the answer', async () => {
    const admin = client.db('admin');
    await admin.command({ fsync: 1, lock: true });
    const status = await post();
    await admin.command({ fsyncUnlock: 1 });
    await isOver();
    expect([status, outcomes, await saved()]).toEqual([503, ['Unavailable'], 0]);
  });

  it('is not made for a caller who has gone', async () => {
    const [reached, left] = [gate(), gate()];
    slow.before = () => {
      reached.open();
      return left.opened;
    };
    const abort = new AbortController();
    const asked = post({}, abort.signal);
    await reached.opened;
    abort.abort();
    await expect(asked).rejects.toThrow();
    await until(() => Promise.resolve(signal?.aborted), { what: 'the service to notice' });
    left.open();
    await isOver();
    expect([outcomes, await saved()]).toEqual([['Unavailable'], 0]);
  });

  it('is answered as it went when its commit had begun in time', async () => {
    slow.commit = async () => {
      const begun = performance.now();
      const isPast = (): Promise<boolean> => Promise.resolve(performance.now() - begun > 2 * LIMIT_MS);
      await until(isPast, { what: 'the end of the limit' });
    };
    expect([await post(), outcomes, await saved()]).toEqual([201, ['saved'], 1]);
  });
});
