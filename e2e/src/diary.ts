import { randomUUID } from 'node:crypto';
import {
  Clinic,
  enter,
  newPassword,
  openCluster,
  type Connection,
  type Entered,
  type Session,
} from '@careplane/demo';

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
  readonly practitionerId: string;
  /** Milliseconds since the epoch: the first day with slots. */
  readonly firstDay: number;
}

/** Enters the clinic as its administrator. @param kubeconfig path of the file by which the secret is read */
export async function enterClinic(connection: Connection, kubeconfig: string): Promise<Entered> {
  const cluster = await openCluster(kubeconfig);
  try {
    return await enter(connection, await new Clinic(cluster, NAMESPACE).adminClientSecret());
  } finally {
    await cluster.close();
  }
}

/** Opens a diary as the clinic's administrator. */
export async function openDiary({ api, admin }: Entered): Promise<Diary> {
  const npi = randomUUID();
  const practitionerId = await api.createPractitioner(admin, { npi, given: 'Ada', family: 'Steady' });
  const firstDay = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
  const scheduleId = await api.openSchedule(admin, {
    practitionerId,
    start: new Date(firstDay).toISOString(),
    end: new Date(firstDay + DAYS * DAY_MS).toISOString(),
    slotMinutes: SLOT_MINUTES,
    hours: { from: '06:00', to: '22:00', timeZone: 'UTC' },
  });
  return { scheduleId, practitionerId, firstDay };
}

/** RFC 3339 of the n-th time of the diary. */
export function slotStart({ firstDay }: Pick<Diary, 'firstDay'>, index: number): string {
  const day = firstDay + Math.floor(index / SLOTS_OF_A_DAY) * DAY_MS;
  return new Date(day + (6 * 60 + (index % SLOTS_OF_A_DAY) * SLOT_MINUTES) * 60_000).toISOString();
}

/** What a patient types to log in. */
export interface NewPatient {
  readonly id: string;
  readonly username: string;
  readonly password: string;
}

/** Admits a patient with an account, as staff does. */
export async function admitPatient({ api, admin, administration }: Entered): Promise<NewPatient> {
  const username = `${randomUUID()}@patients.example`;
  const password = newPassword('pass');
  const person = { sourceId: randomUUID(), given: 'Max', family: 'Steady', birthDate: '1980-01-01' };
  const { id } = await api.createPatient(admin, { ...person, gender: 'male', email: username });
  await administration.openAccount({ email: username, password, role: 'patient', person: `Patient/${id}` });
  return { id, username, password };
}

/** Admits a patient and logs them in. */
export async function newPatient(entered: Entered): Promise<Session> {
  return entered.login(await admitPatient(entered));
}
