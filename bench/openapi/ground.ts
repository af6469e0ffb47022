import { randomUUID } from 'node:crypto';
import type { Role } from '@careplane/kit';
import type { TestAccessToken } from '@careplane/kit/testing';
import { SignJWT } from 'jose';
import { startAppointmentsLab } from '../../services/appointments/test/appointments-lab.ts';
import { scheduleOf, slotAt, visitOf } from '../../services/appointments/test/fhir.ts';
import { inDays } from '../../services/appointments/test/times.ts';
import { exampleOf } from '../../services/records/test/examples.ts';
import { startRecordsLab, treating } from '../../services/records/test/records-lab.ts';
import { definitions as recordsDefinitions } from '../../services/records/src/openapi.ts';
import { startOidc } from '../../services/identity/test/oidc.ts';
import { identityContents } from './contents.ts';

export const CALLERS = ['admin', 'frontdesk', 'practitioner', 'patient', 'app', 'nobody'] as const;
/** Who asks; `nobody` has no token. */
export type CallerName = (typeof CALLERS)[number];
type Known = Exclude<CallerName, 'nobody'>;

/** A service that runs on real engines. */
export interface Target {
  readonly name: 'identity' | 'appointments' | 'records';
  readonly url: string;
  readonly tokens: Readonly<Record<Known, string>>;
  /** One resource of each type that is there, by its type: what made-up ids never hit. */
  readonly ids: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const LIFETIME = '2h';
const QUIET = { LOG_LEVEL: 'error' };

/** Starts identity. Its tokens are signed by its own key, since those of a log-in last some minutes only. */
export async function startIdentity(): Promise<Target> {
  const clinic = await startOidc(QUIET, { isPlain: true });
  const { kid, privateKey } = await clinic.ground.signer();
  const issuer = clinic.entrance.url;
  const tokenOf = (role: Role, claims: Record<string, unknown> = {}): Promise<string> =>
    new SignJWT({ client_id: 'fuzzer', jti: randomUUID(), role, scope: 'user/*.cruds', ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
      .setIssuer(issuer)
      .setAudience(`${issuer}/fhir/R4`)
      .setSubject(randomUUID())
      .setIssuedAt()
      .setExpirationTime(LIFETIME)
      .sign(privateKey);
  const { url } = clinic.running;
  const admin = await tokenOf('admin', { scope: 'user/*.cruds careplane/admin' });
  const Patient = await create(url, admin, { resourceType: 'Patient' });
  const Practitioner = await create(url, admin, { resourceType: 'Practitioner' });
  const patient = await tokenOf('patient', { fhirUser: `Patient/${Patient}` });
  const ids: Record<string, string> = { Patient, Practitioner };
  for (const content of identityContents(ids)) {
    const token = content.resourceType === 'Consent' ? patient : admin;
    ids[content.resourceType] = await create(url, token, content);
  }
  return {
    name: 'identity',
    url,
    ids,
    tokens: {
      admin,
      patient,
      frontdesk: await tokenOf('frontdesk'),
      practitioner: await tokenOf('practitioner', { fhirUser: `Practitioner/${Practitioner}` }),
      app: await tokenOf('app', { scope: 'system/*.cruds' }),
    },
    stop: () => clinic.stop(),
  };
}

/** Starts appointments, beside an identity that knows every caller. */
export async function startAppointments(): Promise<Target> {
  const lab = await startAppointmentsLab(1, QUIET);
  const tokenOf = async (role: Role): Promise<string> => (await lab.caller(role, LIFETIME)).token;
  const [doctor, patient] = [
    await lab.caller('practitioner', LIFETIME),
    await lab.caller('patient', LIFETIME),
  ];
  const [url = ''] = lab.urls;
  const Schedule = await create(url, doctor.token, {
    resourceType: 'Schedule',
    ...scheduleOf({ practitionerId: doctor.sub }),
  });
  const at = (days: number): string => slotAt(Schedule, inDays(days));
  const Appointment = await create(url, patient.token, {
    resourceType: 'Appointment',
    ...visitOf(patient.sub, at(1)),
  });
  return {
    name: 'appointments',
    url,
    ids: { Schedule, Appointment, Slot: at(2), Patient: patient.sub, Practitioner: doctor.sub },
    tokens: {
      practitioner: doctor.token,
      patient: patient.token,
      admin: await tokenOf('admin'),
      frontdesk: await tokenOf('frontdesk'),
      app: await tokenOf('app'),
    },
    stop: () => lab.stop(),
  };
}

/** Starts records, beside an identity that knows every caller; the practitioner treats the patient. */
export async function startRecords(): Promise<Target> {
  const lab = await startRecordsLab(QUIET);
  const Patient = lab.patient();
  const doctor = (await lab.caller('practitioner', treating(Patient))).id;
  const tokenOf = (role: Role, more: Partial<TestAccessToken> = {}): Promise<string> =>
    lab.token({ role, expiresIn: LIFETIME, ...more });
  const tokens = {
    admin: await tokenOf('admin'),
    frontdesk: await tokenOf('frontdesk'),
    practitioner: await tokenOf('practitioner', {
      sub: doctor,
      person: { type: 'Practitioner', id: doctor },
    }),
    patient: await tokenOf('patient', { person: { type: 'Patient', id: Patient } }),
    app: await tokenOf('app'),
  };
  const ids: Record<string, string> = { Patient };
  for (const { type } of recordsDefinitions) {
    const example = type === 'Binary' ? binaryOf(Patient) : exampleOf(type, Patient);
    ids[type] = await create(lab.url(), tokens.practitioner, example);
  }
  return { name: 'records', url: lab.url(), ids, tokens, stop: () => lab.stop() };
}

function binaryOf(patient: string): { readonly resourceType: string } {
  const data = Buffer.from('a letter').toString('base64');
  const securityContext = { reference: `Patient/${patient}` };
  return { resourceType: 'Binary', ...{ contentType: 'text/plain', securityContext, data } };
}

async function create(
  url: string,
  token: string,
  content: { readonly resourceType: string },
): Promise<string> {
  const answer = await fetch(`${url}/fhir/R4/${content.resourceType}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
    body: JSON.stringify(content),
  });
  const body = (await answer.json()) as { readonly id?: string };
  if (answer.status !== 201 || body.id === undefined)
    throw new Error(`no ${content.resourceType}: ${JSON.stringify(body)}`);
  return body.id;
}
