import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { Forbidden, Unauthorized } from '../http/errors.ts';
import { startTestIssuer } from '../testing/issuer.ts';
import type { TestIssuer } from '../testing/issuer.ts';
import { keysOwner } from '../../test/keys-owner.ts';
import type { KeysOwner } from '../../test/keys-owner.ts';
import { currentUser } from './current-user.ts';
import { remoteKeys } from './remote-keys.ts';
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
    auth = createUserAuth({ provider: () => ({ issuer: issuer.publicUrl, keys }) });
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
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"p","role":"admin","jti":"1","client_id":"c","iss":"https://clinic.example","aud":"https://clinic.example/fhir/R4","exp":9999999999,"iat":1}').toString('base64url')}.`;
    const tokens = [
      await issuer.userToken({ sub: 'p', role: 'patient', expiresIn: '-1m' }),
      await issuer.userToken({ sub: 'p', role: 'patient', audience: 'elsewhere' }),
      await other.userToken({ sub: 'p', role: 'admin' }),
      none,
      undefined,
    ];
    for (const token of tokens) await expect(auth.verify(asking(token))).rejects.toThrow(Unauthorized);
    await other.stop();
  });
});
