import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { bindingsAt } from '../bindings.ts';
import { Forbidden, Unauthorized } from '../http/errors.ts';
import { createTestBindings } from '../testing/bindings.ts';
import { startTestIssuer } from '../testing/issuer.ts';
import type { TestIssuer } from '../testing/issuer.ts';
import { keysOwner } from '../../test/keys-owner.ts';
import type { KeysOwner } from '../../test/keys-owner.ts';
import { currentUser } from './current-user.ts';
import { remoteKeys } from './remote-keys.ts';
import { createServiceAuth } from './service-auth.ts';
import { createUserAuth } from './user-auth.ts';
import type { UserAuth } from './user-auth.ts';

const asking = (token?: string): Request =>
  ({ get: () => (token === undefined ? undefined : `Bearer ${token}`) }) as unknown as Request;

/** Runs a middleware; resolves when it lets the request in. */
async function pass(handler: ReturnType<UserAuth['require']>, req: Request): Promise<void> {
  await handler(req, {} as never, () => undefined);
}

describe('user tokens', () => {
  let issuer: TestIssuer;
  let service: KeysOwner;
  let auth: UserAuth;
  beforeEach(async () => {
    issuer = await startTestIssuer();
    service = keysOwner();
    const keys = remoteKeys(service, `${issuer.url}/.well-known/jwks.json`);
    auth = createUserAuth({ issuer: issuer.issuer, keys });
  });
  afterEach(async () => {
    await service.lifecycle.shutdown();
    await issuer.stop();
  });

  it('let in the caller they name, by role', async () => {
    const req = asking(await issuer.userToken({ sub: 'p', role: 'patient' }));
    await pass(auth.require('patient', 'admin'), req);
    expect(currentUser(req)).toMatchObject({ sub: 'p', role: 'patient' });
    await expect(pass(auth.require('admin'), req)).rejects.toThrow(Forbidden);
  });

  it('are refused when expired, for another audience, of another issuer, unsigned, or absent', async () => {
    const other = await startTestIssuer();
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"p","role":"admin","jti":"1","iss":"careplane-identity","aud":"careplane","exp":9999999999,"iat":1}').toString('base64url')}.`;
    const tokens = [
      await issuer.userToken({ sub: 'p', role: 'patient', expiresIn: '-1m' }),
      await issuer.userToken({ sub: 'p', role: 'patient', audience: 'elsewhere' }),
      await issuer.internalToken('notifications'),
      await other.userToken({ sub: 'p', role: 'admin' }),
      none,
      undefined,
    ];
    for (const token of tokens) await expect(auth.verify(asking(token))).rejects.toThrow(Unauthorized);
    await other.stop();
  });
});

describe('internal tokens', () => {
  it('let in declared callers of this namespace only, and follow the binding when it changes', async () => {
    const cluster = await startTestIssuer('https://kubernetes.default.svc');
    const mounted = createTestBindings();
    mounted.write('internal', cluster.internalEntries(['notifications', 'records']));
    let now = 0;
    const { logger, log } = keysOwner();
    const bindings = bindingsAt(mounted.root);
    const auth = createServiceAuth({ bindings, namespace: 'clinic', logger }, () => now);
    const ask = async (caller: string, namespace = 'clinic'): Promise<void> =>
      pass(auth.require('notifications'), asking(await cluster.internalToken(caller, namespace)));
    await ask('notifications');
    await expect(ask('records')).rejects.toThrow(Forbidden);
    await expect(ask('notifications', 'other')).rejects.toThrow(Forbidden);
    await expect(
      pass(auth.require(), asking(await cluster.userToken({ sub: 'p', role: 'admin' }))),
    ).rejects.toThrow(Unauthorized);
    mounted.write('internal', { 'callers.json': '[' });
    now = 30_000;
    await ask('notifications'); // nobody is refused for a file that is half written
    expect(log.text()).toContain('the last one stays');
    mounted.write('internal', { 'callers.json': '["records"]' });
    now = 60_000;
    await expect(ask('notifications')).rejects.toThrow(Forbidden);
    await cluster.stop();
    mounted.remove();
  });
});
