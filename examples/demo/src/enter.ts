import { clientCredentialsGrant, ClientSecretBasic } from 'openid-client';
import { Administration } from './client/administration.ts';
import { ClinicApi } from './client/clinic-api.ts';
import type { Connection } from './client/connection.ts';
import { DEMO_APP, openApp } from './login/app.ts';
import { logIn } from './login/log-in.ts';
import type { Credentials } from './login/pages.ts';
import { RenewedSession } from './login/session.ts';
import type { Session } from './login/session.ts';

/** The client by which whoever may read the clinic's Secret administers it (docs/concepts/contracts.md). */
const BOOTSTRAP_CLIENT = 'careplane-admin';

/** What users of the demo's app may grant it. */
const SCOPES = ['openid', 'fhirUser', 'offline_access', 'patient/*.cruds', 'user/*.cruds'] as const;

/** A clinic with everything that a client of it needs. */
export interface Entered {
  readonly api: ClinicApi;
  readonly admin: Session;
  readonly administration: Administration;
  /** Logs somebody in through the clinic's pages. @throws LogInRefused */
  readonly login: (credentials: Credentials) => Promise<RenewedSession>;
}

/** The session of the bootstrap client. @param secret `adminClientSecret` of the Secret `identity-keys` */
export async function administrate(connection: Connection, secret: string): Promise<Session> {
  const app = await openApp(connection, BOOTSTRAP_CLIENT, ClientSecretBasic(secret));
  const grant = (): ReturnType<typeof clientCredentialsGrant> => clientCredentialsGrant(app);
  return new RenewedSession(BOOTSTRAP_CLIENT, await grant(), grant);
}

/** Enters a clinic: as its administrator, and with the demo's app registered. */
export async function enter(connection: Connection, secret: string): Promise<Entered> {
  const admin = await administrate(connection, secret);
  const administration = new Administration(connection, admin);
  const { clientId, redirectUri } = DEMO_APP;
  await administration.ensureApp({
    clientId,
    name: 'Careplane demo',
    redirectUris: [redirectUri],
    scopes: SCOPES,
    firstParty: true,
  });
  const app = await openApp(connection, clientId);
  const entry = { app, redirectUri, scope: SCOPES.join(' ') };
  return {
    api: new ClinicApi(connection),
    admin,
    administration,
    login: (credentials) => logIn(connection, entry, credentials),
  };
}
