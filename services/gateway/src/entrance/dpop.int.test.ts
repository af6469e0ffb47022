import { randomUUID, createHash } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { startRedis, until } from '@careplane/testing';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { startStage } from '../../test/stage.ts';
import type { Stage } from '../../test/stage.ts';
import { useStages } from '../../test/stages.ts';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

describe('the entrance', () => {
  const { echo, ends, stage } = useStages();

  it('takes a token that is bound to a key with a proof of that key only, once, in every replica', async () => {
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const one = await echo();
    const paths = ['/fhir/R4/Patient', '/oauth2/userinfo'];
    const options = { routes: [{ service: 'one', url: one.url, paths }], redis };
    const [left, right] = [await stage(options), await stage({ ...options })];
    const pair = await generateKeyPair('ES256');
    const jwk = await exportJWK(pair.publicKey);
    const jkt = await calculateJwkThumbprint(jwk);
    const proofFor = (token: string, at: string, path = paths[0]): Promise<string> =>
      new SignJWT({
        jti: randomUUID(),
        htm: 'GET',
        htu: `${at}${path ?? ''}`,
        ath: createHash('sha256').update(token).digest('base64url'),
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt()
        .sign(pair.privateKey);
    const ask = (at: Stage, headers: Record<string, string>): Promise<Response> =>
      fetch(`${at.url}/fhir/R4/Patient?name=x`, { headers });
    const bound = await left.issuer.accessToken({
      role: 'patient',
      person: { type: 'Patient', id: 'ann' },
      claims: { cnf: { jkt } },
    });
    await until(
      async () =>
        ((await (await fetch(`${left.adminUrl}/readyz`)).json()) as { degraded: string[] }).degraded
          .length === 0,
      { what: 'redis' },
    );
    const dpop = await proofFor(bound, left.url);
    const fine = await ask(left, { authorization: `DPoP ${bound}`, dpop });
    expect(fine.status).toBe(200);
    expect(await fine.json()).toMatchObject({ headers: { authorization: `Bearer ${bound}` } });
    expect((await ask(left, { authorization: `DPoP ${bound}`, dpop })).status).toBe(401);
    expect((await ask(left, { authorization: `Bearer ${bound}` })).status).toBe(401);
    expect((await ask(left, { authorization: `DPoP ${bound}` })).status).toBe(401);
    const other = await ask(left, { authorization: `DPoP ${bound}`, dpop: await proofFor(bound, right.url) });
    expect([other.status, other.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^DPoP /),
    ]);
    const userinfo = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${left.url}/oauth2/userinfo`, { headers });
    const proved = await userinfo({
      authorization: `DPoP ${bound}`,
      dpop: await proofFor(bound, left.url, '/oauth2/userinfo'),
    });
    expect([proved.status, await proved.json()]).toEqual([
      200,
      expect.objectContaining({ headers: expect.objectContaining({ authorization: `Bearer ${bound}` }) }),
    ]);
    expect((await userinfo({ authorization: `Bearer ${bound}` })).status).toBe(401);
    const free = await left.token('ann');
    expect(
      (await ask(left, { authorization: `DPoP ${free}`, dpop: await proofFor(free, left.url) })).status,
    ).toBe(401);
    // the other replica knows the proof by Redis
    const shared = await startStage({ ...options, issuer: left.issuer, env: { PUBLIC_URL: left.url } });
    ends.push(() => shared.stop());
    await until(
      async () =>
        ((await (await fetch(`${shared.adminUrl}/readyz`)).json()) as { degraded: string[] }).degraded
          .length === 0,
      { what: 'redis' },
    );
    expect((await ask(shared, { authorization: `DPoP ${bound}`, dpop })).status).toBe(401);
    const byHost = await proofFor(bound, shared.url);
    expect((await ask(shared, { authorization: `DPoP ${bound}`, dpop: byHost })).status).toBe(401);
    expect(
      (await ask(shared, { authorization: `DPoP ${bound}`, dpop: await proofFor(bound, left.url) })).status,
    ).toBe(200);
  });
});
