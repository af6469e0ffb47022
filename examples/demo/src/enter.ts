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

const PERSON_SCOPES = ['openid', 'fhirUser', 'offline_access'];
const DIRECTORY_SCOPES = ['user/Practitioner.rs', 'user/Schedule.rs', 'user/Slot.rs'];

/** What users of the demo's app grant it: a patient for their own record, staff for what they may see. */
const SCOPES = {
  patient: [
    ...PERSON_SCOPES,
    'launch/patient',
    'patient/Appointment.crus',
    'patient/Consent.crus',
    'patient/Patient.rs',
    ...DIRECTORY_SCOPES,
  ],
  staff: [...PERSON_SCOPES, 'user/Appointment.crus', 'user/Patient.rs', ...DIRECTORY_SCOPES],
} as const;

/** A clinic with everything that a client of it needs. */
export interface Entered {
  readonly api: ClinicApi;
  readonly admin: Session;
  readonly administration: Administration;
  /** Logs a patient, or somebody of the staff, in through the clinic's pages. @throws LogInRefused */
  readonly login: (credentials: Credentials, as?: keyof typeof SCOPES) => Promise<RenewedSession>;
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
    type: 'public',
    redirectUris: [redirectUri],
    scopes: [...new Set([...SCOPES.patient, ...SCOPES.staff])],
    firstParty: true,
  });
  const app = await openApp(connection, clientId);
  return {
    api: new ClinicApi(connection),
    admin,
    administration,
    login: (credentials, as = 'patient') =>
      logIn(connection, { app, redirectUri, scope: SCOPES[as].join(' ') }, credentials),
  };
}
