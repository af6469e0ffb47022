import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis } from '@careplane/testing';
import type { RunningRedis } from '@careplane/testing';
import { Redis } from 'ioredis';
import { createMoments } from './moments.ts';

describe('what a log-in remembers for some minutes', () => {
  let server: RunningRedis;
  let client: Redis;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.uri, { lazyConnect: true });
    await client.connect();
  }, 60_000);
  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });

  it('shows neither secrets nor accounts to who reads Redis, is taken once, and opens under a former key', async () => {
    const [former, current] = [randomBytes(32), randomBytes(32)];
    const under = (...sealingKeys: Buffer[]): ReturnType<typeof createMoments> =>
      createMoments(
        { client, keyPrefix: 'identity:' },
        { sealingKey: sealingKeys[0] ?? current, sealingKeys },
      );
    const moment = { accountId: 'account-of-waltraud', secret: 'JBSWY3DPEHPK3PXP' };
    await under(former).save('enrol:session-of-waltraud', moment, 60);
    const names = await client.keys('*');
    const dump = JSON.stringify([names, await client.mget(names)]);
    for (const text of [...Object.values(moment), 'session-of-waltraud']) expect(dump).not.toContain(text);
    const moments = under(current, former);
    expect(await moments.look('enrol:session-of-waltraud')).toEqual(moment);
    expect(await moments.take('enrol:session-of-waltraud')).toEqual(moment);
    expect(await moments.take('enrol:session-of-waltraud')).toBeUndefined();
  });
});
