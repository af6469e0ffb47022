import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestTrail } from '@careplane/kit/testing';
import { startRedis } from '@careplane/testing';
import type { RunningRedis } from '@careplane/testing';
import { Redis } from 'ioredis';
import { startStores } from '../../test/stores.ts';
import type { Stores } from '../../test/stores.ts';
import { accountCollections } from '../accounts/account.ts';
import { artifactAdapter, artifactCollections } from './artifacts.ts';
import { createEndings, endingCollections } from './endings.ts';
import { createSessions } from './sessions.ts';

describe('what is written of a session at the moment at which it ends', () => {
  let stores: Stores;
  let redis: RunningRedis;
  let client: Redis;
  beforeAll(async () => {
    const specs = [...artifactCollections, ...endingCollections, ...accountCollections];
    [stores, redis] = await Promise.all([startStores(specs), startRedis()]);
    client = new Redis(redis.uri, { lazyConnect: true });
    await client.connect();
  }, 120_000);
  afterAll(async () => {
    client.disconnect();
    await Promise.all([stores.stop(), redis.stop()]);
  });

  it('does not outlive it: neither a token, unless it is one of offline access, nor the session', async () => {
    const { mongo } = stores;
    const endings = createEndings(mongo);
    const artifacts = mongo.collection<never>('oidc_artifacts');
    const accounts = mongo.collection<never>('accounts');
    const cache = { client, keyPrefix: 'identity:' } as Parameters<typeof createSessions>[0]['cache'];
    const sessions = createSessions({ cache, artifacts, accounts, endings });
    const tokens = artifactAdapter(
      { mongo, records: artifacts, accounts, endings, audit: createTestTrail() },
      'RefreshToken',
    );
    const token = { kind: 'RefreshToken', grantId: 'g', accountId: 'a', sessionUid: 's' };
    const session = { kind: 'Session', accountId: 'a', uid: 's', exp: Date.now() / 1000 + 60 };
    const save = (): Promise<void> =>
      sessions.save('cookie', session, { seconds: 60, agent: 'Firefox', isNew: false });
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
