import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectMongo, defineService, ensureCollections, startService } from '@careplane/kit';
import type { Mongo, RunningService } from '@careplane/kit';
import { createTestBindings, mongodbEntries } from '@careplane/kit/testing';
import type { TestBindings } from '@careplane/kit/testing';
import { startMongod, startRedis } from '@careplane/testing';
import type { RunningMongod, RunningRedis } from '@careplane/testing';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { accountCollections } from '../accounts/account.ts';
import { artifactAdapter, artifactCollections } from './artifacts.ts';
import { createEndings, endingCollections } from './endings.ts';
import { createSessions } from './sessions.ts';

describe('what is written of a session at the moment at which it ends', () => {
  let mongod: RunningMongod;
  let redis: RunningRedis;
  let client: Redis;
  let bindings: TestBindings;
  let running: RunningService;
  let mongo: Mongo;
  beforeAll(async () => {
    [mongod, redis] = await Promise.all([startMongod(), startRedis()]);
    client = new Redis(redis.uri, { lazyConnect: true });
    await client.connect();
    bindings = createTestBindings();
    bindings.write('db', mongodbEntries(mongod, 'identity'));
    const start = async (ctx: Parameters<typeof connectMongo>[0]): Promise<object> => {
      mongo = await connectMongo(ctx);
      await ensureCollections(mongo, [...artifactCollections, ...endingCollections, ...accountCollections]);
      return {};
    };
    const env = { ADMIN_PORT: '0', SHUTDOWN_DELAY_MS: '0', SERVICE_BINDING_ROOT: bindings.root };
    running = await startService(defineService({ name: 'identity', config: z.object({}), start }), { env });
  }, 120_000);
  afterAll(async () => {
    await running.stop();
    client.disconnect();
    await Promise.all([mongod.stop(), redis.stop()]);
    bindings.remove();
  });

  it('does not outlive it: neither a token, unless it is one of offline access, nor the session', async () => {
    const endings = createEndings(mongo);
    const artifacts = mongo.collection<never>('oidc_artifacts');
    const accounts = mongo.collection<never>('accounts');
    const cache = { client, keyPrefix: 'identity:' } as Parameters<typeof createSessions>[0]['cache'];
    const sessions = createSessions({ cache, artifacts, accounts, endings });
    const tokens = artifactAdapter(artifacts, endings, 'RefreshToken');
    const token = { kind: 'RefreshToken', grantId: 'g', accountId: 'a', sessionUid: 's' };
    const session = { kind: 'Session', accountId: 'a', uid: 's', exp: Date.now() / 1000 + 60 };
    const save = (): Promise<void> => sessions.save('cookie', session, { seconds: 60, agent: 'Firefox' });
    await save();
    expect(await sessions.list('a')).toHaveLength(1);
    await tokens.upsert('before', { ...token, scope: 'openid online_access' }, 60);
    await sessions.end('s', 'a');
    expect(await tokens.find('before')).toBeUndefined();
    // what was under way goes on now
    const late = tokens.upsert('late', { ...token, scope: 'openid online_access' }, 60);
    await expect(late).rejects.toMatchObject({ error: 'invalid_grant' });
    await tokens.upsert('offline', { ...token, scope: 'openid offline_access' }, 60);
    await save();
    expect(await tokens.find('late')).toBeUndefined();
    expect(await tokens.find('offline')).toMatchObject({ sessionUid: 's' });
    expect([await sessions.find('cookie'), await sessions.list('a')]).toEqual([undefined, []]);
  });
});
