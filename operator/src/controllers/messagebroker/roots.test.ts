import { describe, expect, it } from '@jest/globals';
import { ADMINISTRATOR } from '../../engines/rabbitmq/names.ts';
import type { LiveReader } from '../../runtime/controller.ts';
import { readRoots, rootSecrets, type Roots } from './roots.ts';

const BROKER = { namespace: 'clinic', name: 'broker' };

/** What is read when these Secrets are there. */
function read(present: Record<string, Record<string, string>>, hasData = false): Promise<Roots> {
  const get = (_: unknown, { name }: { name: string }): Promise<unknown> => {
    const entries = Object.entries(present[name] ?? {});
    const data = Object.fromEntries(
      entries.map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    );
    return Promise.resolve(present[name] === undefined ? undefined : { data });
  };
  return readRoots({ live: { get } as unknown as LiveReader }, BROKER, hasData);
}

const written = (roots: Roots): Record<string, Record<string, string>> =>
  Object.fromEntries(rootSecrets('broker', roots).map(({ secret, entries }) => [secret, entries]));

describe('the Secrets that a broker cannot do without', () => {
  it.each(['broker-admin', 'broker-cookie'])(
    '%s is made again as it was when it was deleted',
    async (lost) => {
      const roots = await read({});
      const left = Object.entries(written(roots)).filter(([name]) => name !== lost);
      expect(await read(Object.fromEntries(left), true)).toEqual(roots);
      expect(await read(written(roots))).toEqual(roots);
    },
  );

  it('are never made up beside data', async () => {
    await expect(read({}, true)).rejects.toMatchObject({
      condition: { type: 'CredentialsKept', status: 'False', reason: 'SecretLost' },
    });
  });

  it('are new only where there is none, each its own', async () => {
    const [one, other] = [await read({}), await read({})];
    expect(new Set([one.adminPassword, one.cookie, other.adminPassword, other.cookie]).size).toBe(4);
  });

  it('give every start of a node the password of the Secret, and no other user', () => {
    const { users } = JSON.parse(
      written({ adminPassword: 'word', cookie: 'c' })['broker-admin']?.['definitions.json'] ?? '{}',
    ) as { users: unknown };
    expect(users).toEqual([{ name: ADMINISTRATOR, password: 'word', tags: ['administrator'], limits: {} }]);
  });
});
