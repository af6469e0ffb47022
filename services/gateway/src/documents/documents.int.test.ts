import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '@careplane/testing';
import { json, startBackend, startStage } from '../../test/stage.ts';
import type { FakeBackend, Stage, StageOptions } from '../../test/stage.ts';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

describe('public documents', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const stage = async (options: StageOptions): Promise<Stage> => {
    const started = await startStage(options);
    ends.push(() => started.stop());
    return started;
  };
  /** A service with these resource types. */
  const service = async (...types: string[]): Promise<FakeBackend> => {
    const started = await startBackend((req, res) => {
      const statement = {
        resourceType: 'CapabilityStatement',
        format: ['json'],
        rest: [{ mode: 'server', resource: types.map((type) => ({ type })) }],
      };
      if (req.url === '/fhir/R4/metadata') json(statement)(req, res);
      else if (req.url === '/openapi.json') json({ openapi: '3.1.0', info: { title: types[0] } })(req, res);
      else if (req.url === '/.well-known/smart-configuration') json({ issuer: 'i' })(req, res);
      else json({}, 404)(req, res);
    });
    ends.push(() => started.kill());
    return started;
  };

  it('tell the resources of all services, those known last of one that is away, and which was never there', async () => {
    const [identity, appointments, lab] = [
      await service('Patient', 'Consent'),
      await service('Slot'),
      await service('Observation'),
    ];
    await lab.kill();
    const { url } = await stage({
      routes: [
        {
          service: 'identity',
          url: identity.url,
          paths: ['/fhir/R4/Patient', '/fhir/R4/Consent', '/.well-known'],
        },
        { service: 'appointments', url: appointments.url, paths: ['/fhir/R4/Slot'] },
        { service: 'lab', url: lab.url, paths: ['/fhir/R4/Observation'] },
        { service: 'other', url: lab.url, paths: ['/v1/other'] },
      ],
      env: { DOCUMENTS_REFRESH_MS: '100' },
    });
    interface Statement {
      implementation: { url: string };
      rest: [{ resource: { type: string }[]; documentation?: string }];
    }
    const read = async (): Promise<Statement> =>
      (await (await fetch(`${url}/fhir/R4/metadata`)).json()) as Statement;
    const typesOf = ({ rest: [{ resource }] }: Statement): string[] => resource.map(({ type }) => type);
    const first = await read();
    expect(typesOf(first)).toEqual(['Consent', 'Patient', 'Slot']);
    expect(first.rest[0].documentation).toBe('Not listed, since away: lab');
    expect(first.implementation.url).toBe(`${url}/fhir/R4`);
    await appointments.kill();
    await lab.restart();
    await until(async () => typesOf(await read()).includes('Observation'), { what: 'the service that came' });
    expect(typesOf(await read())).toEqual(['Consent', 'Observation', 'Patient', 'Slot']);
    const answer = await fetch(`${url}/fhir/R4/metadata`);
    expect(answer.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=60');
    expect(await (await fetch(`${url}/fhir/R4/.well-known/smart-configuration`)).json()).toEqual({
      issuer: 'i',
    });
    expect(await (await fetch(`${url}/openapi/identity.json`)).json()).toMatchObject({
      info: { title: 'Patient' },
    });
    expect((await fetch(`${url}/openapi/nobody.json`)).status).toBe(404);
    const refused = await fetch(`${url}/`, { method: 'HEAD' });
    expect(refused.status).toBe(200);
  });

  it('say whom to tell about a weakness, when that is configured', async () => {
    const env = { SECURITY_CONTACT: 'mailto:security@clinic.example', PUBLIC_URL: 'https://clinic.example' };
    const { url } = await stage({ routes: [], env });
    const answer = await fetch(`${url}/.well-known/security.txt`);
    const lines = Object.fromEntries(
      (await answer.text())
        .trim()
        .split('\n')
        .map((line) => line.split(': ') as [string, string]),
    );
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(lines).toMatchObject({
      Contact: 'mailto:security@clinic.example',
      Canonical: 'https://clinic.example/.well-known/security.txt',
    });
    const days = (Date.parse(lines['Expires'] ?? '') - Date.now()) / 86_400_000;
    expect(days > 150 && days < 365).toBe(true);
    const none = await stage({ routes: [] });
    expect((await fetch(`${none.url}/.well-known/security.txt`)).status).toBe(404);
  });
});
