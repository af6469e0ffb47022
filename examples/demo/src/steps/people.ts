import type { ClinicApi, Session } from '../client/clinic-api.ts';
import { each } from '../client/each.ts';
import type { DemoPatient, DemoPractitioner } from '../data/clinic-data.ts';
import type { Latencies } from '../report/latency.ts';

/** Requests in flight: a password costs some 30 ms of CPU, which a clinic of two cores has to share. */
export const CONCURRENCY = 8;

/** The patients of the data, logged in, by their id in the data; and how many were new to the clinic. */
export interface Patients {
  readonly sessions: ReadonlyMap<string, Session>;
  readonly registered: number;
}

/** The same for the same patient in every run, so that a second run can log in. These people do not exist. */
function loginOf(patient: DemoPatient): { email: string; password: string } {
  return { email: `${patient.sourceId}@patients.example`, password: `demo ${patient.sourceId}` };
}

/** Registers the patients (those who are known already are told from the 409) and logs all of them in. */
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
    if (id !== undefined && id !== session.sub) throw new Error('a patient logged in as somebody else');
    return [patient.sourceId, session] as const;
  });
  return { sessions: new Map(sessions), registered };
}

/** Makes the practitioners known; gives their ids by NPI. */
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
