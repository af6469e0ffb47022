import type { ClinicApi, Session } from '../client/clinic-api.ts';
import { each } from '../client/each.ts';
import type { DemoPatient, DemoPractitioner } from '../data/clinic-data.ts';
import type { Latencies } from '../report/latency.ts';

/** Concurrent requests: hashing a password costs some 30 ms of CPU, and the clinic shares two cores. */
export const CONCURRENCY = 8;

/** The logged-in patients by their ID in the data, and the number that were new to the clinic. */
export interface Patients {
  readonly sessions: ReadonlyMap<string, Session>;
  readonly registered: number;
}

/** The same for the same patient in every run, so that a second run can log in. These people are fictitious. */
function loginOf(patient: DemoPatient): { email: string; password: string } {
  return { email: `${patient.sourceId}@patients.example`, password: `demo ${patient.sourceId}` };
}

/** Registers the patients (a 409 marks known ones) and logs all of them in. */
export async function admitPatients(
  api: ClinicApi,
  latencies: Latencies,
  patients: readonly DemoPatient[],
): Promise<Patients> {
  let registered = 0;
  const sessions = await each(patients, CONCURRENCY, async (patient) => {
    const login = loginOf(patient);
    const id = await latencies.time('register', () => api.registerPatient(patient, login));
    const session = await latencies.time('login', () => api.login(login.email, login.password));
    if (id !== undefined) registered += 1;
    if (id !== undefined && id !== session.sub) throw new Error('a patient logged in as another user');
    return [patient.sourceId, session] as const;
  });
  return { sessions: new Map(sessions), registered };
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
