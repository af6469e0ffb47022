import { randomUUID } from 'node:crypto';
import { Clinic, openCluster, type ClinicApi, type Session } from '@careplane/demo';

const NAMESPACE = 'clinic';
const DAY_MS = 86_400_000;
export const SLOT_MINUTES = 15;
/** From 06:00 to 22:00. */
const SLOTS_OF_A_DAY = 64;
/** The most that a schedule may have. */
const DAYS = 90;
/** How many slots a diary has. */
export const SLOTS = DAYS * SLOTS_OF_A_DAY;

/** A new practitioner's schedule, whose slots nobody else books. */
export interface Diary {
  readonly scheduleId: string;
  /** Milliseconds since the epoch: the first day with slots. */
  readonly firstDay: number;
}

/** Opens a diary as the clinic's administrator. @param kubeconfig path of the file by which the password is read */
export async function openDiary(api: ClinicApi, kubeconfig: string): Promise<Diary> {
  const cluster = await openCluster(kubeconfig);
  const admin = await api.login('admin', await new Clinic(cluster, NAMESPACE).adminPassword());
  await cluster.close();
  const npi = String(Date.now());
  const practitionerId = await api.createPractitioner(admin, { npi, given: 'Ada', family: 'Steady' });
  const firstDay = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
  const scheduleId = await api.openSchedule(admin, {
    practitionerId,
    start: new Date(firstDay).toISOString(),
    end: new Date(firstDay + DAYS * DAY_MS).toISOString(),
    slotMinutes: SLOT_MINUTES,
    hours: { from: '06:00', to: '22:00', timeZone: 'UTC' },
  });
  return { scheduleId, firstDay };
}

/** RFC 3339 of the n-th time of the diary. */
export function slotStart({ firstDay }: Pick<Diary, 'firstDay'>, index: number): string {
  const day = firstDay + Math.floor(index / SLOTS_OF_A_DAY) * DAY_MS;
  return new Date(day + (6 * 60 + (index % SLOTS_OF_A_DAY) * SLOT_MINUTES) * 60_000).toISOString();
}

/** Registers a patient and logs in. */
export async function newPatient(api: ClinicApi): Promise<Session> {
  const login = { email: `${randomUUID()}@patients.example`, password: `pass ${randomUUID()}` };
  const person = { sourceId: randomUUID(), given: 'Max', family: 'Steady', birthDate: '1980-01-01' };
  await api.registerPatient({ ...person, gender: 'male' }, login);
  return api.login(login.email, login.password);
}
