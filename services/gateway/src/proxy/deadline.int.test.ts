import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  connectMongo,
  defineService,
  ensureCollections,
  requestSignal,
  Router,
  startService,
  withTransaction,
} from '@careplane/kit';
import type { Mongo, RunningService } from '@careplane/kit';
import { createTestBindings, mongodbEntries } from '@careplane/kit/testing';
import type { TestBindings } from '@careplane/kit/testing';
import { startMongod, until } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { z } from 'zod';
import { startStage, withToken } from '../../test/stage.ts';
import type { Stage } from '../../test/stage.ts';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

/** The gateway's patience; the service's own is 15 s. */
const GATEWAY_MS = 6_000;

describe('a write that takes longer than the gateway waits', () => {
  let mongod: RunningMongod;
  let bindings: TestBindings;
  let service: RunningService;
  let gateway: Stage;
  let mongo: Mongo;
  let outcomes: string[] = [];
  let hold: { before?: Promise<unknown>; commit?: Promise<unknown> } = {};

  const visits = defineService({
    name: 'visits',
    config: z.object({}),
    async start(ctx) {
      mongo = await connectMongo(ctx);
      await ensureCollections(mongo, [{ name: 'visits' }]);
      const router = Router();
      router.post('/api/visits/:id', async (req, res) => {
        const work = withTransaction(
          mongo,
          async (tx) => {
            await mongo.collection<{ _id: string }>('visits').insert([{ _id: req.params.id }], tx);
            await hold.before;
            const commit = tx.session.commitTransaction.bind(tx.session);
            tx.session.commitTransaction = async () => {
              await hold.commit;
              await commit();
            };
          },
          { signal: requestSignal(req) },
        );
        await work.then(
          () => outcomes.push('saved'),
          (error: unknown) => outcomes.push((error as Error).name),
        );
        if (!res.headersSent) res.status(201).end();
      });
      return { router };
    },
  });

  beforeAll(async () => {
    mongod = await startMongod();
    bindings = createTestBindings();
    bindings.write('db', mongodbEntries(mongod, 'visits'));
    const env = { PORT: '0', ADMIN_PORT: '0', SHUTDOWN_DELAY_MS: '0', SERVICE_BINDING_ROOT: bindings.root };
    service = await startService(visits, { env });
    const routes = [{ service: 'visits', url: service.url ?? '', paths: ['/api/visits'] }];
    gateway = await startStage({ routes, env: { BACKEND_TIMEOUT_MS: String(GATEWAY_MS) } });
  }, 120_000);
  afterAll(async () => {
    await gateway.stop();
    await service.stop();
    await mongod.stop();
    bindings.remove();
  });
  beforeEach(() => {
    outcomes = [];
    hold = {};
  });

  const post = async (id: string): Promise<Response> => {
    const json = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    return fetch(`${gateway.url}/api/visits/${id}`, withToken(await gateway.token(), json));
  };
  const isSaved = async (id: string): Promise<boolean> =>
    (await mongo.collection('visits').count({ _id: id } as never)) > 0;

  it('is refused by the service in time, and is not made afterwards', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    hold.before = promise;
    const answer = await post('late');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({ detail: 'The request took too long' });
    resolve(undefined);
    await until(() => Promise.resolve(outcomes[0]), { what: 'the end of the write' });
    expect([outcomes, await isSaved('late')]).toEqual([['Unavailable'], false]);
  });

  it('is answered as it went when its commit began in time', async () => {
    const begun = performance.now();
    const isPast = (): Promise<boolean> => Promise.resolve(performance.now() - begun > GATEWAY_MS * 0.85);
    hold.commit = until(isPast, { what: 'the end of the service’s time' });
    const answer = await post('begun');
    expect([answer.status, outcomes, await isSaved('begun')]).toEqual([201, ['saved'], true]);
  });
});
