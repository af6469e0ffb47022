import { randomUUID, webcrypto } from 'node:crypto';
import { clientCredentialsGrant, PrivateKeyJwt } from 'openid-client';
import type { ClinicApi } from '../client/clinic-api.ts';
import type { Connection } from '../client/connection.ts';
import type { Entered } from '../enter.ts';
import { openApp } from '../login/app.ts';
import { RenewedSession } from '../login/session.ts';

/** What a backend app could read with its scopes. */
export interface AnalyticsResult {
  /** Appointments that the app saw, of the newest thousand. */
  readonly counted: number;
  readonly faults: readonly string[];
}

/** All that the app may do: read and search appointments. */
const SCOPE = 'system/Appointment.rs';

function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
}

/** Pages of 100: each patient's consents decide what an app sees, so nobody counts for it what it does not read. */
const MOST_PAGES = 10;

/** How many of the newest appointments an app sees. */
async function newestSeen(api: ClinicApi, session: RenewedSession): Promise<number> {
  let seen = 0;
  let next: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await api.appointments(session, { count: 100, next });
    seen += page.resources.length;
    next = page.next;
    if (next === undefined) break;
  }
  return seen;
}

/**
 * A backend app without a user, as SMART Backend Services has it: it authenticates by a JWT signed with its own key, reads the
 * appointments, and is refused what its scopes do not allow. It is registered for this, and removed afterwards.
 */
export async function countAsAnalytics(connection: Connection, entered: Entered): Promise<AnalyticsResult> {
  const { administration, api } = entered;
  const clientId = `careplane-demo-analytics-${randomUUID()}`;
  const { privateKey, publicKey } = await keyPair();
  const kid = randomUUID();
  const key = { ...(await webcrypto.subtle.exportKey('jwk', publicKey)), kid, alg: 'ES256', use: 'sig' };
  const jwks = { keys: [key] };
  const name = 'Careplane demo: analytics';
  await administration.ensureApp({ clientId, name, type: 'backend', scopes: [SCOPE], jwks });
  try {
    const app = await openApp(connection, clientId, PrivateKeyJwt({ key: privateKey, kid }));
    const grant = (): ReturnType<typeof clientCredentialsGrant> =>
      clientCredentialsGrant(app, { scope: SCOPE });
    const session = new RenewedSession(clientId, await grant(), grant);
    const counted = await newestSeen(api, session);
    const { status } = await api.fhir.send(session, { method: 'GET', path: 'Patient?_count=1' });
    const faults =
      status === 403 ? [] : [`an app without the scope reads patients: answered ${status}, must be 403`];
    return { counted, faults };
  } finally {
    await administration.removeApp(clientId);
  }
}
