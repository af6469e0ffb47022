import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { z } from 'zod';
import { startGround } from '../../test/ground.ts';
import type { Ground } from '../../test/ground.ts';
import {
  Conflict,
  connectMongo,
  createIdempotency,
  ensureCollections,
  isDuplicateKey,
  route,
  Router,
  withTransaction,
} from '../index.ts';
import type { Mongo, RunningService, Stored } from '../index.ts';
import { insist } from '../testing/insist.ts';

describe('idempotent creates and transactions', () => {
  let ground: Ground;
  let service: RunningService;
  let mongo: Mongo;
  let hold: Promise<void> = Promise.resolve();
  /** Names of things that a request is at work on, or was. */
  const entered = new Set<string>();

  beforeAll(async () => {
    ground = await startGround();
    service = await ground.start('shop', async (ctx) => {
      mongo = await connectMongo(ctx);
      await ensureCollections(mongo, [
        { name: 'things', indexes: [{ key: { name: 1 }, name: 'name', unique: true }] },
        { name: 'resources' },
      ]);
      const idempotency = await createIdempotency({ mongo });
      const things = mongo.collection<{ id: string; name: string }>('things');
      const reread = async ({ id }: { id: string }): Promise<unknown> => {
        const thing = await things.findOne({ id });
        return thing ? { id, name: thing.name } : undefined;
      };
      const router = Router();
      router.post(
        '/things',
        route({ body: z.object({ name: z.string() }) }, ({ body, req }) =>
          idempotency.run(req, { required: true, replay: reread }, async (tx) => {
            const id = randomUUID();
            try {
              await mongo.collection('things').insert([{ name: body.name, id }], tx);
            } catch (error) {
              if (isDuplicateKey(error)) throw new Conflict('There is one');
              throw error;
            }
            entered.add(body.name);
            await hold;
            return { status: 201, headers: { location: `/things/${id}` }, body: { id, name: body.name } };
          }),
        ),
      );
      router.post('/resources', async (req, res) => {
        const store = mongo.collection<Stored>('resources');
        const made = await idempotency.create(
          req,
          { required: true, reread: async ({ id }) => (await store.findOne({ id })) ?? undefined },
          async (tx) => {
            const meta = { versionId: '1', lastUpdated: new Date().toISOString() };
            const resource: Stored = { resourceType: 'Patient', id: randomUUID(), meta };
            await store.insert([resource], tx);
            return resource;
          },
        );
        res.json({ id: made.resource.id, replayed: made.replayed ?? false });
      });
      return { router };
    });
  }, 120_000);
  afterAll(async () => {
    await service.stop();
    await ground.stop();
  });

  const post = async (
    name: string,
    key?: string,
  ): Promise<{ status: number; id: unknown; headers: Headers }> => {
    const response = await fetch(`${service.url ?? ''}/things`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      body: JSON.stringify({ name }),
    });
    const text = await response.text();
    const { id } = (text === '' ? {} : JSON.parse(text)) as { id?: unknown };
    return { status: response.status, id, headers: response.headers };
  };

  it('does the work once for 20 requests at once with one key, and answers all of them the same', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => insist(() => post('parallel', key))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    expect(await mongo.collection('things').count({ name: 'parallel' })).toBe(1);
  });

  it('keeps no content: a replay reads again, and what is stored holds a digest and an id', async () => {
    const key = randomUUID();
    const first = await post('Waltraud Geheim', key);
    const again = await post('Waltraud Geheim', key);
    expect([again.status, again.id, again.headers.get('location')]).toEqual([
      201,
      first.id,
      first.headers.get('location'),
    ]);
    const stored = await mongo.collection('idempotency_keys').find({});
    expect(JSON.stringify(stored)).toContain(String(first.id));
    expect(JSON.stringify(stored)).not.toMatch(new RegExp(`Waltraud|${key}`));
    await mongo.collection('things').deleteMany({ name: 'Waltraud Geheim' });
    expect(await post('Waltraud Geheim', key)).toMatchObject({ status: 201, id: undefined });
  });

  it('makes one resource by a key, reads it again, and says when it is gone', async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const make = (): Promise<Response> =>
      fetch(`${service.url ?? ''}/resources`, { method: 'POST', headers, body: '{}' });
    const first = (await (await make()).json()) as { id: string };
    expect(await (await make()).json()).toEqual({ id: first.id, replayed: true });
    await mongo.collection('resources').deleteMany({});
    expect((await make()).status).toBe(410);
  });

  it('answers 409 with Retry-After while the first request with the key is still at work', async () => {
    let release = (): void => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const key = randomUUID();
    const first = post('held', key);
    await until(() => Promise.resolve(entered.has('held')), { what: 'the first request to be at work' });
    const second = await post('held', key);
    expect([second.status, second.headers.get('retry-after')]).toEqual([409, '1']);
    release();
    expect((await first).status).toBe(201);
    expect((await post('held', key)).headers.get('idempotency-replayed')).toBe('true');
  });

  it('refuses a key for another body, needs a key, and forgets the key of a request that failed', async () => {
    const [key, other] = [randomUUID(), randomUUID()];
    expect((await post('mine', key)).status).toBe(201);
    expect((await post('yours', key)).status).toBe(422);
    expect((await post('nobody')).status).toBe(428);
    expect((await post('mine', other)).status).toBe(409);
    await mongo.collection('things').deleteMany({ name: 'mine' });
    expect((await post('mine', other)).status).toBe(201);
  });

  it('repeats a transaction that conflicts until all of 30 writers of one document are counted, none twice', async () => {
    const counters = mongo.collection<{ _id: string; count: number }>('counters');
    await ensureCollections(mongo, [{ name: 'counters' }]);
    await counters.insert([{ _id: 'c', count: 0 }]);
    let committed = 0;
    await Promise.all(
      Array.from({ length: 30 }, () =>
        withTransaction(
          mongo,
          async (tx) => {
            const { count = 0 } = (await counters.findOne({ _id: 'c' }, tx)) ?? {};
            await counters.updateOne({ _id: 'c' }, { $set: { count: count + 1 } }, tx);
            tx.afterCommit(() => {
              committed += 1;
            });
          },
          { deadlineMs: 30_000 },
        ),
      ),
    );
    expect((await counters.findOne({ _id: 'c' }))?.count).toBe(30);
    expect(committed).toBe(30);
  }, 60_000);

  it('is not ready while the database is dead, and ready again after', async () => {
    const ready = async (): Promise<number> => (await fetch(`${service.adminUrl}/readyz`)).status;
    expect(await ready()).toBe(200);
    await ground.mongod.kill();
    expect(await ready()).toBe(503);
    await ground.mongod.restart();
    await until(async () => (await ready()) === 200, { what: 'the connection to be found good again' });
  }, 60_000);
});
