import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { enterLocalClinic, openPatient } from '../testing/entered-clinic.ts';
import type { EnteredClinic } from '../testing/entered-clinic.ts';
import { DEMO_APP } from './login/app.ts';

/** docs/security.md, Tokens. */
const LIMIT_MS = 50;
/** An end meets what services remember at any age: several of them meet it young, too. */
const ROUNDS = 4;

/** Of identity, of one replica of appointments, and of the other. */
const PATHS = ['/fhir/R4/Patient', '/fhir/R4/Schedule', '/fhir/R4/Appointment'];

let whole: EnteredClinic;

beforeAll(async () => {
  whole = await enterLocalClinic();
}, 180_000);
afterAll(() => whole.stop(), 60_000);

interface Patient {
  readonly account: string;
  readonly token: string;
}

async function patient(): Promise<Patient> {
  const { session } = await openPatient(whole.entered);
  const token = await session.token();
  const [, claims = ''] = token.split('.');
  const { sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub: string };
  return { account: sub, token };
}

async function ask(url: string, token: string): Promise<Response> {
  const answer = await whole.connection.fetch(url, { headers: { authorization: `Bearer ${token}` } });
  await answer.text();
  return answer;
}

/** Asks without a pause until it is refused. @returns when the last request was sent that was answered 200 */
async function askUntilRefused(url: string, { token }: Patient, begun: () => void): Promise<number> {
  for (let goodAt = 0; ;) {
    const at = performance.now();
    const { status, headers } = await ask(url, token);
    if (status === 401) {
      expect(headers.get('www-authenticate')).toContain('invalid_token');
      return goodAt;
    }
    expect(status).toBe(200);
    goodAt = at;
    begun();
  }
}

describe('an access token that exists', () => {
  const ENDS: [string, (who: Patient) => Promise<number>][] = [
    [
      'it is revoked',
      async ({ token }) => {
        const body = new URLSearchParams({ client_id: DEMO_APP.clientId, token });
        const { status } = await whole.connection.fetch(`${whole.local.url}/oauth2/revoke`, {
          method: 'POST',
          body,
        });
        return status;
      },
    ],
    [
      'its account is disabled',
      async ({ account }) => {
        const answer = await whole.connection.fetch(`${whole.local.url}/admin/accounts/${account}`, {
          method: 'PATCH',
          headers: {
            authorization: `Bearer ${await whole.entered.admin.token()}`,
            'content-type': 'application/json',
          },
          body: JSON.stringify({ status: 'disabled' }),
        });
        return answer.status;
      },
    ],
  ];

  it.each(ENDS)(
    'is refused at every gateway and by every replica behind it from 50 ms on, when %s',
    async (_what, end) => {
      const other = await patient();
      const urls = whole.local.gateways.flatMap((gateway) => PATHS.map((path) => `${gateway}${path}`));
      for (let round = 0; round < ROUNDS; round += 1) {
        const who = await patient();
        const started = urls.map(() => Promise.withResolvers<true>());
        const lastGood = urls.map((url, at) => askUntilRefused(url, who, () => started[at]?.resolve(true)));
        await Promise.race([Promise.all(started.map(({ promise }) => promise)), Promise.all(lastGood)]);
        expect([200, 204]).toContain(await end(who));
        const endedAt = performance.now();
        for (const goodAt of await Promise.all(lastGood)) expect(goodAt - endedAt).toBeLessThan(LIMIT_MS);
        for (const url of urls) {
          expect((await ask(url, who.token)).status).toBe(401);
          expect((await ask(url, other.token)).status).toBe(200);
        }
      }
    },
    60_000,
  );
});
