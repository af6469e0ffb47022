import { createHash, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createCountingCache } from '@careplane/kit/testing';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { createReplays, verifyProof } from './dpop.ts';
import type { Proof, Replays } from './dpop.ts';

const silent = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};
const token = 'a.token.x';
const ath = createHash('sha256').update(token).digest('base64url');
const htu = 'https://clinic.example/fhir/R4/Patient';

describe('a proof of possession', () => {
  let key: CryptoKey;
  let jwk: JWK;
  let privateJwk: JWK;
  let jkt: string;
  beforeAll(async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    key = pair.privateKey;
    [jwk, privateJwk] = [await exportJWK(pair.publicKey), await exportJWK(key)];
    jkt = await calculateJwkThumbprint(jwk);
  });

  const sign = (
    claims: object = {},
    header: object = {},
    iat = Math.floor(Date.now() / 1000),
  ): Promise<string> =>
    new SignJWT({ jti: randomUUID(), htm: 'GET', htu, ath, ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
      .setIssuedAt(iat)
      .sign(key);
  const fresh: Replays = () => Promise.resolve(true);
  const check = (proof: string, more: Partial<Proof> = {}, replays = fresh): Promise<void> =>
    verifyProof(
      { proof, method: 'GET', urls: ['http://127.0.0.1:8080/fhir/R4/Patient', htu], token, jkt, ...more },
      replays,
    );

  it('is good for its method, its URL, its token and its key', async () => {
    await check(await sign());
    await check(await sign({ htu: 'HTTPS://CLINIC.example:443/fhir/R4/Patient?name=x#y' }));
  });

  it.each([
    ['another method', { htm: 'POST' }, {}],
    ['another path', { htu: 'https://clinic.example/fhir/R4/Consent' }, {}],
    ['another host', { htu: 'https://evil.example/fhir/R4/Patient' }, {}],
    ['another token', { ath: createHash('sha256').update('b').digest('base64url') }, {}],
    ['no token', { ath: undefined }, {}],
    ['no id', { jti: undefined }, {}],
    ['another type', {}, { typ: 'JWT' }],
    ['no key', {}, { jwk: undefined }],
  ])('is refused for %s', async (_what, claims, header) => {
    await expect(check(await sign(claims, header))).rejects.toMatchObject({
      status: 401,
      headers: { 'www-authenticate': expect.stringContaining('invalid_dpop_proof') },
    });
  });

  it('is refused when it is old, of the future, of another key, shows a private key, or is no JWT', async () => {
    const now = Math.floor(Date.now() / 1000);
    const other = await exportJWK((await generateKeyPair('ES256')).publicKey);
    const bad = [
      await sign({}, {}, now - 120),
      await sign({}, {}, now + 120),
      await sign({}, { jwk: other }),
      await sign({}, { jwk: privateJwk }),
      'x',
      '',
    ];
    for (const proof of bad) await expect(check(proof)).rejects.toMatchObject({ status: 401 });
    await expect(check(await sign(), { jkt: await calculateJwkThumbprint(other) })).rejects.toMatchObject({
      status: 401,
    });
  });

  it('is refused without a signature', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { jti: 'a', htm: 'GET', htu, ath, iat: Math.floor(Date.now() / 1000) };
    await expect(
      check(`${part({ alg: 'none', typ: 'dpop+jwt', jwk })}.${part(claims)}.`),
    ).rejects.toMatchObject({ status: 401 });
  });

  it('is good once, also while Redis is away', async () => {
    const cache = createCountingCache();
    cache.setAway(true);
    const replays = createReplays(cache, silent);
    const proof = await sign();
    await check(proof, {}, replays);
    await expect(check(proof, {}, replays)).rejects.toMatchObject({ status: 401 });
  });
});
