import { describe, expect, it } from '@jest/globals';
import type { Context } from '../runtime/controller.ts';
import type { KubeObject } from '../runtime/kube.ts';
import { encryptedStores } from '../api/encryptedstore.ts';
import { departingStatus, readLogins, type Logins } from './providers.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const HOUR = 3_600_000;
const SINCE = '2026-11-21T10:00:00Z';
const data = { password: Buffer.from('kept-word').toString('base64') };

/** A namespace in which these Secrets belong to the store `db`. */
function context(...names: string[]): Pick<Context, 'cache' | 'live' | 'now'> {
  const secretsOfStore = names.map((name): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'clinic' },
  }));
  return {
    cache: { list: () => secretsOfStore } as unknown as Context['cache'],
    live: {
      get: (_type, { name }) => Promise.resolve(names.includes(name) ? ({ data } as never) : undefined),
      list: () => Promise.resolve([]),
    },
    now: () => NOW,
  };
}

function loginsOf(
  secretNames: string[],
  services: string[],
  noted = SINCE,
  engine: 'mongodb' | 'redis' | 'rabbitmq' = 'mongodb',
): Promise<Logins> {
  const provider = {
    metadata: { name: 'db', namespace: 'clinic' },
    status: { departing: [{ service: 'identity', since: noted }] },
  };
  const wanted = { type: encryptedStores, engine, provider, services, graceMs: 24 * HOUR };
  return readLogins(wanted, context(...secretNames));
}

describe('logins at a store', () => {
  it('of a service that is gone stay with their password, and are named since when', async () => {
    const logins = await loginsOf(['identity.db', 'gateway.db', 'db-tls', 'db-keyfile'], []);
    expect([...logins.passwords]).toEqual([
      ['gateway', 'kept-word'],
      ['identity', 'kept-word'],
    ]);
    expect(departingStatus(logins).departing).toEqual([
      { service: 'gateway', since: '2026-11-21T12:00:00Z' },
      { service: 'identity', since: SINCE },
    ]);
  });

  it('of a service that is back are as they were, and nothing is named', async () => {
    const logins = await loginsOf(['identity.db'], ['identity']);
    expect([...logins.passwords]).toEqual([['identity', 'kept-word']]);
    expect(departingStatus(logins)).toEqual({ departing: undefined });
  });

  it('go when the time is over, and are named until the engine has dropped the user', async () => {
    const logins = await loginsOf(['identity.db'], [], '2026-11-20T12:00:00Z');
    expect([...logins.passwords]).toEqual([]);
    expect(departingStatus(logins).departing).toHaveLength(1);
    expect({ ...departingStatus(logins), ...departingStatus(logins, []) }).toEqual({ departing: undefined });
  });

  it.each([
    ['mongodb', 'local'],
    ['mongodb', 'admin'],
    ['redis', 'careplane-operator'],
    ['redis', 'default'],
    ['rabbitmq', 'guest'],
    ['rabbitmq', 'careplane-operator'],
  ] as const)(
    'at %s are never those of %s, be it wanted or departing, and the others have theirs',
    async (engine, own) => {
      const wanted = await loginsOf([], [own, 'gateway'], SINCE, engine);
      expect([...wanted.passwords.keys()]).toEqual(['gateway']);
      const departing = await loginsOf([`${own}.db`, 'gateway.db'], [], SINCE, engine);
      expect([...departing.passwords.keys()]).toEqual(['gateway']);
      expect(departing.departing.map(({ service }) => service)).not.toContain(own);
    },
  );

  it('name whom the engine has besides', async () => {
    const logins = await loginsOf([], []);
    const found = [{ service: 'stranger', since: SINCE }];
    expect(departingStatus(logins, found).departing?.map(({ service }) => service)).toEqual(['stranger']);
  });
});
