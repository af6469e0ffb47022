import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SignJWT } from 'jose';
import { Browser } from '../../test/browser.ts';
import { addAccount, addApp, authorizationRequest, exchange, logInBy, startOidc } from '../../test/oidc.ts';
import type { JsonAnswer, OidcGround } from '../../test/oidc.ts';

jest.setTimeout(60_000);

const PROXY = 'https://careplane.dev/fhir/CodeSystem/consent-category';

describe('FHIR of identity, by tokens', () => {
  let clinic: OidcGround;
  let base = '';

  /** A token as identity issues them, for whom no test logs in. */
  const tokenOf = async (claims: Record<string, unknown>): Promise<string> => {
    const { kid, privateKey } = await clinic.ground.signer();
    return new SignJWT({ client_id: 'test', scope: 'user/*.cruds', jti: randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
      .setIssuer(clinic.entrance.url)
      .setAudience(base)
      .setSubject((claims['sub'] as string | undefined) ?? randomUUID())
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
  };
  const send = async (
    line: string,
    token: string | undefined,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<JsonAnswer> => {
    const [method = 'GET', path = ''] = line.split(' ');
    const response = await clinic.entrance.fetch(`${base}/${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: JSON.parse(await response.text()) as Record<string, unknown>,
    };
  };
  const create = async (type: string, token: string, content: object): Promise<string> => {
    const made = await send(`POST ${type}`, token, { body: { resourceType: type, ...content } });
    expect([made.status, made.body]).toEqual([201, expect.anything()]);
    return made.body['id'] as string;
  };

  beforeAll(async () => {
    clinic = await startOidc();
    base = `${clinic.entrance.url}/fhir/R4`;
  }, 120_000);
  afterAll(() => clinic.stop());

  it('says where an app gets a token: 401, the metadata of the resource, the authorization server', async () => {
    const refused = await send('GET Patient', undefined);
    const challenge = refused.headers.get('www-authenticate') ?? '';
    const [, metadata = ''] = /resource_metadata="([^"]+)"/.exec(challenge) ?? [];
    const { pathname } = new URL(metadata);
    const { status, body } = await clinic.call(`GET ${pathname}`);
    expect([refused.status, status, body]).toEqual([
      401,
      200,
      expect.objectContaining({
        resource: base,
        authorization_servers: [clinic.entrance.url],
        scopes_supported: expect.arrayContaining(['patient/*.cruds']),
      }),
    ]);
    const server = await clinic.call('GET /.well-known/oauth-authorization-server');
    expect(server.body).toMatchObject({ issuer: clinic.entrance.url });
  });

  it('says which scope is missing', async () => {
    const token = await tokenOf({ role: 'frontdesk', scope: 'user/Organization.rs' });
    const refused = await send('GET Patient', token);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      403,
      expect.stringContaining('error="insufficient_scope", scope="user/Patient.s", resource_metadata='),
    ]);
    const noRole = await send('POST CareTeam', await tokenOf({ role: 'compliance' }), { body: {} });
    expect([noRole.status, noRole.headers.get('www-authenticate')]).toEqual([403, null]);
  });

  it('keeps an Idempotency-Key to who sent it', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const body = { resourceType: 'Patient', name: [{ family: 'Same' }] };
    const [one, other] = [await tokenOf({ role: 'frontdesk' }), await tokenOf({ role: 'frontdesk' })];
    const first = await send('POST Patient', one, { body, headers });
    const again = await send('POST Patient', one, { body, headers });
    const theirs = await send('POST Patient', other, { body, headers });
    expect([first, again, theirs].map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(again.body['id']).toBe(first.body['id']);
    expect(theirs.body['id']).not.toBe(first.body['id']);
  });

  it('shows no parameter of a search by POST in its links, which every replica can follow', async () => {
    const token = await tokenOf({ role: 'frontdesk' });
    const family = `Secret${randomUUID().slice(0, 8)}`;
    for (const given of ['a', 'b']) await create('Patient', token, { name: [{ family, given: [given] }] });
    const found = await send('POST Patient/_search', token, {
      body: `family=${family}&_count=1`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(found.status).toBe(200);
    const links = found.body['link'] as { relation: string; url: string }[];
    expect(JSON.stringify(links)).not.toContain(family);
    const next = links.find(({ relation }) => relation === 'next')?.url ?? '';
    const other = await clinic.ground.start({ PUBLIC_URL: clinic.entrance.url });
    clinic.entrance.lead(other.url);
    const page = await send(`GET ${next.slice(base.length + 1)}`, token);
    clinic.entrance.lead(clinic.running.url);
    await other.stop();
    expect([page.status, (page.body['entry'] as unknown[]).length]).toEqual([200, 1]);
    expect((page.body['entry'] as object[])[0]).not.toEqual((found.body['entry'] as object[])[0]);
  });

  it('lets a patient who acts for another choose whom an app is about', async () => {
    const desk = await tokenOf({ role: 'frontdesk' });
    const parent = await create('Patient', desk, { name: [{ text: 'The Parent' }] });
    const child = await create('Patient', desk, { name: [{ text: 'The Child' }], birthDate: '2024-01-01' });
    const patient = { reference: `Patient/${child}` };
    const relationship = [{ coding: [{ code: 'MTH' }] }];
    const related = await create('RelatedPerson', desk, { active: true, patient, relationship });
    const actor = [`RelatedPerson/${related}`, `Patient/${parent}`].map((reference) => ({
      role: { text: 'who' },
      reference: { reference },
    }));
    await create('Consent', desk, {
      status: 'active',
      scope: { coding: [{ code: 'patient-privacy' }] },
      category: [{ coding: [{ system: PROXY, code: 'proxy' }] }],
      policy: [{ uri: 'https://clinic.example/guardians' }],
      patient,
      provision: { type: 'permit', actor },
    });
    const { clientId } = await addApp(clinic);
    const account = await addAccount(clinic, { person: `Patient/${parent}` });
    const request = authorizationRequest(clinic, clientId);
    const browser = new Browser(clinic.entrance);
    const choice = await logInBy(browser, request, account);
    expect(choice.text).toContain('The Parent');
    expect(choice.text).toContain('The Child');
    const { left } = await browser.submit(choice, { patient: child });
    const tokens = (await exchange(clinic, request, left)).body;
    expect(tokens['patient']).toBe(child);
    const read = await send(`GET Patient/${child}`, tokens['access_token'] as string);
    expect([read.status, read.body['id']]).toEqual([200, child]);
    expect((await send(`GET Patient/${parent}`, tokens['access_token'] as string)).status).toBe(404);
  });
});
