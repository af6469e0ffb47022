import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTestIdentities, fetchAs } from '@careplane/kit/testing';
import { startOidc } from '../test/oidc.ts';
import type { OidcGround } from '../test/oidc.ts';
import { internalRoutes } from './internal-routes.ts';

jest.setTimeout(60_000);

/** Services that declare a call to identity in these tests. */
const DECLARED = ['notifications', 'appointments', 'records', 'gateway', 'audit'];
const PARAMETERS: Readonly<Record<string, string>> = { role: 'patient', type: 'Patient' };

/** Of questions by POST: each takes what it needs. */
const BODY = JSON.stringify({ asked: ['patient/a', 'account/b'], erasures: [] });

const routes = internalRoutes.map(({ method = 'GET', path, callers }) => ({
  method,
  path,
  at: path.replace(/:(\w+)/g, (_, name: string) => PARAMETERS[name] ?? randomUUID()),
  callers: callers === 'declared' ? DECLARED : callers,
}));

type Route = (typeof routes)[number];

/** The route's request, with whatever headers. */
function requestTo(
  { method }: Route,
  headers: Record<string, string>,
): { method: string; headers: Record<string, string>; body?: string } {
  if (method === 'GET') return { method, headers };
  return { method, headers: { ...headers, 'content-type': 'application/json' }, body: BODY };
}

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
    route: Route,
    headers: Record<string, string> = {},
  ): Promise<number> {
    const credentials = await clinic.ground.identities.credentials(service);
    const request = requestTo(route, headers);
    return (await fetchAs(credentials, `${inside.url}${route.at}`, request)).status;
  }

  it.each(routes)('$method $path answers whom it is for, and nobody else', async (route) => {
    for (const service of DECLARED) {
      const isLetIn = route.callers.includes(service);
      const expected: readonly number[] = isLetIn ? [200, 404] : [403];
      for (const headers of [{}, bearer]) {
        const status = await statusAs(service, route, headers);
        expect({ service, status, isExpected: expected.includes(status) }).toMatchObject({
          isExpected: true,
        });
      }
    }
  });

  it.each(routes)(
    '$method $path refuses a service that declares no call, whatever its token',
    async (route) => {
      expect([await statusAs('billing', route), await statusAs('billing', route, bearer)]).toEqual([
        403, 403,
      ]);
    },
  );

  it.each(routes)(
    '$method $path refuses who shows no certificate: without a token, with an administrator’s',
    async (route) => {
      const forged = {
        ...bearer,
        'x-forwarded-client-cert': 'URI=spiffe://cluster.local/ns/clinic/sa/notifications',
      };
      for (const headers of [{}, bearer, forged]) {
        const { status } = await fetch(`${clinic.running.url}${route.at}`, requestTo(route, headers));
        expect(status).toBe(403);
      }
      const stranger = await (await createTestIdentities()).credentials('notifications');
      const authorities = clinic.ground.identities.ca;
      await expect(fetchAs({ ...stranger, authorities }, `${inside.url}${route.at}`)).rejects.toThrow();
    },
  );
});
