import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTestIdentities, fetchAs } from '@careplane/kit/testing';
import { startOidc } from '../test/oidc.ts';
import type { OidcGround } from '../test/oidc.ts';
import { internalRoutes } from './internal-routes.ts';

jest.setTimeout(60_000);

/** Services that declare a call to identity in these tests. */
const DECLARED = ['notifications', 'appointments', 'gateway'];
const PARAMETERS: Readonly<Record<string, string>> = { role: 'patient', type: 'Patient' };

const routes = internalRoutes.map(({ path, callers }) => ({
  path,
  at: path.replace(/:(\w+)/g, (_, name: string) => PARAMETERS[name] ?? randomUUID()),
  callers: callers === 'declared' ? DECLARED : callers,
}));

describe('an internal route of identity', () => {
  let clinic: OidcGround;
  let inside: Awaited<ReturnType<OidcGround['ground']['start']>>;
  let bearer: Record<string, string>;
  beforeAll(async () => {
    clinic = await startOidc();
    inside = await clinic.ground.start({ CAREPLANE_TLS_HTTP: 'Mutual' });
    bearer = { authorization: `Bearer ${await clinic.adminToken()}` };
  }, 120_000);
  afterAll(async () => {
    await inside.stop();
    await clinic.stop();
  });

  /** As a service that shows its certificate, with whatever headers. */
  async function statusAs(
    service: string,
    at: string,
    headers: Record<string, string> = {},
  ): Promise<number> {
    const credentials = await clinic.ground.identities.credentials(service);
    return (await fetchAs(credentials, `${inside.url}${at}`, { headers })).status;
  }

  it.each(routes)('$path answers whom it is for, and nobody else', async ({ at, callers }) => {
    for (const service of DECLARED) {
      const isLetIn = callers.includes(service);
      const expected: readonly number[] = isLetIn ? [200, 404] : [403];
      for (const headers of [{}, bearer]) {
        const status = await statusAs(service, at, headers);
        expect({ service, status, isExpected: expected.includes(status) }).toMatchObject({
          isExpected: true,
        });
      }
    }
  });

  it.each(routes)('$path refuses a service that declares no call, whatever its token', async ({ at }) => {
    expect([await statusAs('records', at), await statusAs('records', at, bearer)]).toEqual([403, 403]);
  });

  it.each(routes)(
    '$path refuses who shows no certificate: without a token, with an administrator’s',
    async ({ at }) => {
      const forged = {
        ...bearer,
        'x-forwarded-client-cert': 'URI=spiffe://cluster.local/ns/clinic/sa/notifications',
      };
      for (const headers of [{}, bearer, forged]) {
        const { status } = await fetch(`${clinic.running.url}${at}`, { headers });
        expect(status).toBe(403);
      }
      const stranger = await (await createTestIdentities()).credentials('notifications');
      const authorities = clinic.ground.identities.ca;
      await expect(fetchAs({ ...stranger, authorities }, `${inside.url}${at}`)).rejects.toThrow();
    },
  );
});
