import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort, startTcpProxy, until } from '@careplane/testing';
import type { TcpProxy } from '@careplane/testing';
import type { Request } from 'express';
import { startFakeIssuer } from '../../test/fake-issuer.ts';
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
    for (const end of ends.splice(0).reverse()) await end();
  });

  const authAt = (port: number, times: Partial<KeyTimes> = {}): UserAuth =>
    createUserAuth({
      issuer: issuer.issuer,
      keys: remoteKeys(service, `http://127.0.0.1:${String(port)}/.well-known/jwks.json`, times),
    });
  /** Checks a token that the service has not seen before. */
  const check = async (auth: UserAuth, from: TestIssuer = issuer): Promise<string> => {
    const token = await from.userToken({ sub: 'p', role: 'patient' });
    return (await auth.verify({ get: () => `Bearer ${token}` } as unknown as Request)).sub;
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
    await until(
      () =>
        check(auth).then(
          () => false,
          (error: unknown) => error instanceof Unavailable,
        ),
      { what: 'their end' },
    );
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
    const fake = await startFakeIssuer(issuer.jwks);
    ends.push(() => fake.stop());
    const auth = authAt(fake.port, { cooldownMs: 1_000 });
    await ready();
    fake.answer(503);
    const stranger = await startTestIssuer();
    ends.push(() => stranger.stop());
    const isUnknown = (): Promise<boolean> =>
      check(auth, stranger).then(
        () => false,
        (error: unknown) => error instanceof Unavailable,
      );
    await until(isUnknown, { what: 'the end of the first cooldown', everyMs: 20 });
    const [asked, begun] = [fake.asked(), performance.now()];
    for (let i = 0; i < 20; i += 1) await expect(check(auth, stranger)).rejects.toThrow(Unavailable);
    expect(fake.asked() - asked).toBeLessThanOrEqual((performance.now() - begun) / 1_000);
    expect(await check(auth)).toBe('p');
  });

  it('are not replaced by an empty set', async () => {
    const fake = await startFakeIssuer(issuer.jwks);
    ends.push(() => fake.stop());
    const auth = authAt(fake.port, { freshMs: 5 });
    await ready();
    fake.answer(200, { keys: [] });
    const asked = fake.asked();
    await until(() => Promise.resolve(fake.asked() > asked + 1), { what: 'refreshes', everyMs: 5 });
    expect(await check(auth)).toBe('p');
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
