import { createHash } from 'node:crypto';
import type { ClinicApi } from '../client/clinic-api.ts';
import { each } from '../client/each.ts';
import type { DemoPatient, DemoPractitioner } from '../data/clinic-data.ts';
import type { Entered } from '../enter.ts';
import { LogInRefused } from '../login/log-in.ts';
import type { Credentials } from '../login/pages.ts';
import type { Session } from '../login/session.ts';
import type { Registration } from '../login/register.ts';
import type { Latencies } from '../report/latency.ts';

/** Concurrent requests: hashing a password costs some 30 ms of CPU, and the clinic shares two cores. */
export const CONCURRENCY = 8;
/** So many patients register themselves, with the pages and the e-mail; staff admits the others. */
const SELF_REGISTERED = 2;

/** The logged-in patients by their ID in the data, and the numbers of those that were new to the clinic. */
export interface Patients {
  readonly sessions: ReadonlyMap<string, Session>;
  /** New ones. */
  readonly registered: number;
  /** Those of them who registered themselves. */
  readonly byPages: number;
}

/** What admitting people needs. */
export interface Reception {
  readonly entered: Entered;
  readonly latencies: Latencies;
  /** Registers somebody through the pages, with the e-mail that verifies the address. */
  readonly register: (registration: Registration) => Promise<void>;
}

/** The same for the same patient in every run, so that a second run can log in. These people are fictitious. */
function loginOf({ sourceId }: DemoPatient): Credentials {
  const password = createHash('sha256').update(`careplane demo ${sourceId}`).digest('base64url');
  return { username: `${sourceId}@patients.example`, password };
}

interface Admitted {
  readonly session: Session;
  readonly isNew: boolean;
}

/** Staff creates the Patient and opens the account; the patient logs in. */
async function admitByStaff({ entered, latencies }: Reception, patient: DemoPatient): Promise<Admitted> {
  const { api, admin, administration } = entered;
  const login = loginOf(patient);
  const { id, isNew } = await latencies.time('admit', async () => {
    const created = await api.createPatient(admin, { ...patient, email: login.username });
    const account = { email: login.username, password: login.password, role: 'patient' } as const;
    await administration.openAccount({ ...account, person: `Patient/${created.id}` });
    return created;
  });
  const session = await latencies.time('log in', () => entered.login(login));
  if (id !== session.sub) throw new Error('a patient logged in as another user');
  return { session, isNew };
}

/** The patient registers through the pages, unless they have an account from a former run. */
async function admitByPages(reception: Reception, patient: DemoPatient): Promise<Admitted> {
  const { entered, latencies, register } = reception;
  const login = loginOf(patient);
  const known = await entered.login(login).catch((error: unknown) => {
    if (error instanceof LogInRefused) return undefined;
    throw error;
  });
  if (known !== undefined) return { session: known, isNew: false };
  await latencies.time('register', () => register({ patient, login }));
  return { session: await latencies.time('log in', () => entered.login(login)), isNew: true };
}

/** Admits the patients, new ones and those of former runs, and logs all of them in. */
export async function admitPatients(
  reception: Reception,
  patients: readonly DemoPatient[],
): Promise<Patients> {
  const admitted = await each(patients, CONCURRENCY, async (patient, index) => {
    const admit = index < SELF_REGISTERED ? admitByPages : admitByStaff;
    return { sourceId: patient.sourceId, ...(await admit(reception, patient)) };
  });
  return {
    sessions: new Map(admitted.map(({ sourceId, session }) => [sourceId, session])),
    registered: admitted.filter(({ isNew }) => isNew).length,
    byPages: admitted.slice(0, SELF_REGISTERED).filter(({ isNew }) => isNew).length,
  };
}

/** Creates the practitioners; returns their IDs by NPI. */
export async function admitPractitioners(
  api: ClinicApi,
  admin: Session,
  practitioners: readonly DemoPractitioner[],
): Promise<ReadonlyMap<string, string>> {
  const ids = await each(practitioners, CONCURRENCY, async (practitioner) => {
    return [practitioner.npi, await api.createPractitioner(admin, practitioner)] as const;
  });
  return new Map(ids);
}
