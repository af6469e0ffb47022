import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { freePort, startTcpProxy, until } from '@careplane/testing';
import type { TcpProxy } from '@careplane/testing';
import type { Request } from 'express';
import type { JSONWebKeySet } from 'jose';
import { startFakeIssuer } from '../../test/fake-issuer.ts';
import type { FakeIssuer } from '../../test/fake-issuer.ts';
import { keysOwner } from '../../test/keys-owner.ts';
import type { KeysOwner } from '../../test/keys-owner.ts';
import { Unauthorized, Unavailable } from '../http/errors.ts';
import { startTestIssuer } from '../testing/issuer.ts';
import type { TestIssuer } from '../testing/issuer.ts';
import { remoteKeys } from './remote-keys.ts';
import type { KeyTimes } from './remote-keys.ts';
import { createUserAuth } from './user-auth.ts';
import type { UserAuth } from './user-auth.ts';

describe('the keys of the issuer', () => {
  const ends: (() => Promise<unknown>)[] = [];
  let issuer: TestIssuer;
  let service: KeysOwner;
  let wire: TcpProxy;
  beforeEach(async () => {
    issuer = await startTestIssuer();
    wire = await startTcpProxy(Number(new URL(issuer.url).port));
    service = keysOwner();
    ends.push(
      () => issuer.stop(),
      () => wire.stop(),
      () => service.lifecycle.shutdown(),
    );
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const end of ends.splice(0).reverse()) await end();
  });

  const authAt = (port: number, times: Partial<KeyTimes> = {}): UserAuth => {
    const keys = remoteKeys(service, `http://127.0.0.1:${String(port)}/.well-known/jwks.json`, times);
    return createUserAuth({ provider: () => ({ issuer: issuer.publicUrl, keys }) });
  };
  /** Checks a token that the service has not seen before. */
  const check = async (auth: UserAuth, from: TestIssuer = issuer): Promise<string> => {
    const token = await from.userToken({ sub: 'p', role: 'patient' });
    return (await auth.verify({ get: () => `Bearer ${token}` } as unknown as Request)).sub;
  };
  /** Whether a token that the service has not seen before is answered with 503. */
  const isUnavailable = (auth: UserAuth, from: TestIssuer = issuer): Promise<boolean> =>
    check(auth, from).then(
      () => false,
      (error: unknown) => error instanceof Unavailable,
    );
  const fakeIssuer = async (keys: JSONWebKeySet = issuer.jwks): Promise<FakeIssuer> => {
    const fake = await startFakeIssuer(keys);
    ends.push(() => fake.stop());
    return fake;
  };
  const isReady = async (): Promise<boolean> => (await service.health.report()).ready;
  const ready = (): Promise<unknown> => until(isReady, { what: 'readiness', everyMs: 5 });

  it('come by themselves before the service is ready, and no request asks for them again', async () => {
    const auth = authAt(wire.port);
    expect(await isReady()).toBe(false);
    await ready();
    wire.freeze();
    expect(await Promise.all(Array.from({ length: 20 }, () => check(auth)))).toEqual(
      Array<string>(20).fill('p'),
    );
    expect(issuer.asked()).toBe(1);
  });

  it('are asked for until they come: of an issuer that is dead, and of one that takes connections and says nothing', async () => {
    wire.freeze();
    const auth = authAt(wire.port, { fetchMs: 50 });
    await until(() => Promise.resolve(service.log.text().includes('not fetched') || undefined), {
      what: 'a failure',
    });
    expect(await isReady()).toBe(false);
    await expect(check(auth)).rejects.toThrow(Unavailable);
    wire.thaw();
    await ready();
    expect(await check(auth)).toBe('p');

    const other = keysOwner();
    ends.push(() => other.lifecycle.shutdown());
    const port = await freePort();
    remoteKeys(other, `http://127.0.0.1:${String(port)}/`, { fetchMs: 50 });
    await until(() => Promise.resolve(other.log.text().includes('not fetched') || undefined), {
      what: 'a failure',
    });
    expect((await other.health.report()).failing).toEqual(['user-keys']);
  });

  it('stay in use while a refresh hangs or fails, without delay; the service stays ready', async () => {
    const auth = authAt(wire.port, { freshMs: 20, fetchMs: 60_000 });
    await ready();
    const asked = issuer.asked();
    await until(() => Promise.resolve(issuer.asked() > asked + 2), { what: 'refreshes' });
    wire.freeze();
    const before = performance.now();
    expect(await check(auth)).toBe('p');
    expect(performance.now() - before).toBeLessThan(1_000);
    await issuer.stop();
    wire.cut();
    expect(await check(auth)).toBe('p');
    expect(await isReady()).toBe(true);
  });

  it('are forgotten when they are too old to be believed, and then nobody is let in or called a liar', async () => {
    const auth = authAt(wire.port, { staleMs: 300, freshMs: 60_000, waitMs: 50 });
    await ready();
    wire.freeze();
    await until(() => isUnavailable(auth), { what: 'their end' });
    expect((await service.health.report()).degraded).toEqual(['user-keys']);
    expect(await isReady()).toBe(true);
  });

  it('are looked at once more, once for all who come with an unknown one, so that a new key counts at once', async () => {
    const auth = authAt(wire.port, { cooldownMs: 0 });
    await ready();
    await issuer.rotate();
    expect(await Promise.all(Array.from({ length: 50 }, () => check(auth)))).toEqual(
      Array<string>(50).fill('p'),
    );
    expect(issuer.asked()).toBe(2);
  });

  it('are not asked for by a flood of made-up keys more than once in the cooldown', async () => {
    const auth = authAt(wire.port, { cooldownMs: 60_000 });
    await ready();
    const stranger = await startTestIssuer();
    ends.push(() => stranger.stop());
    for (let i = 0; i < 20; i += 1) await expect(check(auth, stranger)).rejects.toThrow(Unauthorized);
    expect(issuer.asked()).toBe(1);
  });

  it('are asked for by such a flood at most once in the cooldown also while the issuer fails', async () => {
    const fake = await fakeIssuer();
    const auth = authAt(fake.port, { cooldownMs: 1_000 });
    await ready();
    fake.answer(503);
    const stranger = await startTestIssuer();
    ends.push(() => stranger.stop());
    await until(() => isUnavailable(auth, stranger), {
      what: 'the end of the first cooldown',
      everyMs: 20,
    });
    const [asked, begun] = [fake.asked(), performance.now()];
    for (let i = 0; i < 20; i += 1) await expect(check(auth, stranger)).rejects.toThrow(Unavailable);
    expect(fake.asked() - asked).toBeLessThanOrEqual((performance.now() - begun) / 1_000);
    expect(await check(auth)).toBe('p');
  });

  it('are known each by itself, where there are several, while the issuer fails', async () => {
    const other = await startTestIssuer();
    ends.push(() => other.stop());
    const fake = await fakeIssuer({ keys: [...issuer.jwks.keys, ...other.jwks.keys] });
    const auth = authAt(fake.port, { cooldownMs: 60_000, freshMs: 5 });
    await ready();
    fake.answer(503);
    await until(() => Promise.resolve(service.log.text() !== ''), { what: 'a failure', everyMs: 5 });
    expect([await check(auth), await check(auth, other)]).toEqual(['p', 'p']);
  });

  it('are asked for at most once in the cooldown also when they are too old and the issuer fails', async () => {
    const fake = await fakeIssuer();
    const auth = authAt(fake.port, { staleMs: 100, freshMs: 60_000, cooldownMs: 60_000 });
    await until(() => Promise.resolve(fake.asked() > 0), { what: 'the keys', everyMs: 5 });
    fake.answer(503);
    await until(() => isUnavailable(auth), { what: 'their end', everyMs: 5 });
    const asked = fake.asked();
    for (let i = 0; i < 5; i += 1) await expect(check(auth)).rejects.toThrow(Unavailable);
    expect(fake.asked()).toBe(asked);
  });

  it.each<[string, JSONWebKeySet | null]>([
    ['an empty set', { keys: [] }],
    ['what is no set', {} as JSONWebKeySet],
    ['nothing', null],
  ])('are not replaced by %s, and the log says so', async (_, keys) => {
    const fake = await fakeIssuer();
    const auth = authAt(fake.port, { freshMs: 5 });
    await ready();
    fake.answer(200, keys);
    const asked = fake.asked();
    await until(() => Promise.resolve(fake.asked() > asked + 1), { what: 'refreshes', everyMs: 5 });
    expect(await check(auth)).toBe('p');
    expect(service.log.entries()).toMatchObject([
      { message: 'user keys: not fetched', error: 'KeysUnavailable', reason: 'the issuer has no keys' },
    ]);
  });

  it('are not taken from an answer that is an error', async () => {
    const fake = await fakeIssuer();
    fake.answer(503);
    const auth = authAt(fake.port);
    await until(() => Promise.resolve(service.log.text() !== ''), { what: 'a failure', everyMs: 5 });
    await expect(check(auth)).rejects.toThrow(Unavailable);
    expect(service.log.entries()).toMatchObject([{ reason: 'the issuer answers 503' }]);
  });

  it('are spoken of in the log once when they cannot be fetched, and once when they can again', async () => {
    const fake = await fakeIssuer();
    fake.answer(503);
    jest.spyOn(Math, 'random').mockReturnValue(0);
    authAt(fake.port, { freshMs: 5 });
    await until(() => Promise.resolve(fake.asked() > 3), { what: 'attempts', everyMs: 5 });
    fake.answer(200);
    await ready();
    const asked = fake.asked();
    await until(() => Promise.resolve(fake.asked() > asked + 2), { what: 'refreshes', everyMs: 5 });
    expect(service.log.entries().map(({ level, message }) => [level, message])).toEqual([
      ['warn', 'user keys: not fetched'],
      ['info', 'user keys: fetched'],
    ]);
  });

  it('are fetched again within ten minutes, up to a fifth sooner', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const timers = jest.spyOn(globalThis, 'setTimeout');
    authAt(wire.port);
    await until(() => Promise.resolve(timers.mock.calls.some(([, ms]) => ms === 540_000)), {
      what: 'that pause',
    });
  });

  it('are asked for at longer and longer intervals while they cannot be had, and not so the next time', async () => {
    const fake = await fakeIssuer();
    fake.answer(503);
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const pauses = (): (number | undefined)[] =>
      timers.mock.calls.map(([, ms]) => ms).filter((ms = 0) => ms < 1_000);
    const paused = (times: number): Promise<unknown> =>
      until(() => Promise.resolve(pauses().length >= times), { what: 'pauses', everyMs: 5 });
    authAt(fake.port, { freshMs: 10 });
    await paused(2);
    fake.answer(200);
    await paused(3);
    fake.answer(503);
    await until(() => Promise.resolve(pauses().at(-1) === 200), { what: 'a failure', everyMs: 5 });
    expect(pauses().slice(0, 3)).toEqual([200, 400, 8]);
  });

  it('leave open whether a token of an unknown one is good while the issuer does not answer: 503 soon, not 401', async () => {
    const auth = authAt(wire.port, { cooldownMs: 0, waitMs: 50 });
    await ready();
    await issuer.rotate();
    wire.freeze();
    const before = performance.now();
    await expect(check(auth)).rejects.toThrow(Unavailable);
    expect(performance.now() - before).toBeLessThan(2_000);
    wire.thaw();
    expect(await until(() => check(auth).catch(() => undefined), { what: 'the new key' })).toBe('p');
  });

  it('end with the service at once, also while the issuer says nothing', async () => {
    wire.freeze();
    authAt(wire.port, { fetchMs: 60_000 });
    const before = performance.now();
    expect(await service.lifecycle.shutdown()).toBe(true);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
