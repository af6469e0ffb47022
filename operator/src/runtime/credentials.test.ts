import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inClusterCredentials } from './credentials.ts';
import { ManualClock } from './fixtures/manual-clock.ts';

let folder: string;
const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'careplane-token-'));
  await writeFile(join(folder, 'ca.crt'), 'authority');
  await writeFile(join(folder, 'token'), 'first\n');
});

afterEach(() => rm(folder, { recursive: true }));

describe('the credentials of a pod', () => {
  it('follow the token as it rotates, within a minute', async () => {
    const clock = new ManualClock();
    const credentials = await inClusterCredentials({ clock, env, folder });
    expect(credentials.server).toBe('https://10.0.0.1:443');
    expect(await credentials.authorization()).toBe('Bearer first');
    await writeFile(join(folder, 'token'), 'second');
    await clock.advance(60_001);
    expect(await credentials.authorization()).toBe('Bearer second');
  });

  it('read the token again at once when the server refused it', async () => {
    const credentials = await inClusterCredentials({ clock: new ManualClock(), env, folder });
    await credentials.authorization();
    await writeFile(join(folder, 'token'), 'second');
    credentials.renew();
    expect(await credentials.authorization()).toBe('Bearer second');
  });

  it('write an IPv6 address as URLs want it, and say so when there is no cluster', async () => {
    const clock = new ManualClock();
    const v6 = await inClusterCredentials({
      clock,
      env: { ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' },
      folder,
    });
    expect(v6.server).toBe('https://[fd00::1]:443');
    await expect(inClusterCredentials({ clock, env: {}, folder })).rejects.toThrow(/not inside a cluster/);
  });
});
