import { describe, expect, it } from '@jest/globals';
import { hashPassword, verifyPassword } from './argon2id.ts';
import { createBulkhead } from './bulkhead.ts';
import { createPasswords } from './passwords.ts';

describe('password hashes', () => {
  it('are argon2id of OWASP’s cost in PHC format, salted, and fit their password only', async () => {
    const [one, two] = await Promise.all([hashPassword('a long password'), hashPassword('a long password')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword('a long password', one)).toBe(true);
    expect(await verifyPassword('a long passwore', one)).toBe(false);
    await expect(verifyPassword('x', 'plain')).rejects.toThrow('malformed');
  });

  it('fit a test vector of the reference implementation', async () => {
    // argon2 CLI: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 (phc-winner-argon2, test.c)
    const reference =
      '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await verifyPassword('password', reference)).toBe(true);
  });

  it('read one password in two Unicode forms as one', async () => {
    expect(await verifyPassword('ﬁnger-läuft-gut', await hashPassword('finger-la\u0308uft-gut'))).toBe(true);
  });

  it('are computed for an unknown account too, and never fit it', async () => {
    const passwords = await createPasswords({ concurrency: 2, queue: 2, waitMs: 1_000 });
    expect(await passwords.verify('no account has this password', undefined)).toBe(false);
  });

  it('of registrations take no room from log-ins, neither when they are made nor when they are verified', async () => {
    const passwords = await createPasswords({ concurrency: 1, queue: 1, waitMs: 5_000 });
    const stored = await passwords.hash('a long password');
    const flood = Array.from({ length: 6 }, (_, at) =>
      at % 2 === 0 ? passwords.verifyNew('a guess', stored) : passwords.hash('another one'),
    );
    const settled = Promise.allSettled(flood);
    expect(await passwords.verify('a long password', stored)).toBe(true);
    const statuses = (await settled).map(({ status }) => status);
    expect(statuses.filter((status) => status === 'rejected')).toHaveLength(4);
  });
});

describe('the bulkhead', () => {
  it('runs so many at once, lets so many wait, refuses the rest, and stays open after a failure', async () => {
    const run = createBulkhead({ concurrency: 2, queue: 3, waitMs: 1_000 });
    let [running, most] = [0, 0];
    const job = async (): Promise<string> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      if (most < 0) return 'never';
      throw new TypeError('failed');
    };
    const results = await Promise.allSettled(Array.from({ length: 7 }, () => run(job)));
    const names = results.map((result) =>
      result.status === 'rejected' ? (result.reason as Error).name : 'ok',
    );
    expect(names).toEqual([...Array<string>(5).fill('TypeError'), 'Unavailable', 'Unavailable']);
    expect(most).toBe(2);
    expect(await run(() => Promise.resolve('open'))).toBe('open');
  });

  it('lets nobody wait longer than allowed, and the place goes to who still waits', async () => {
    const run = createBulkhead({ concurrency: 1, queue: 3, waitMs: 20 });
    let finish = (): void => undefined;
    const first = run(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    await expect(run(() => Promise.resolve())).rejects.toMatchObject({ status: 503 });
    const second = run(() => Promise.resolve('served'));
    finish();
    await first;
    expect(await second).toBe('served');
  });
});
