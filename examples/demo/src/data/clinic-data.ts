import { z } from 'zod';
import { readResources } from './ndjson.ts';

/** A patient of the data, as the demo registers it. */
export interface DemoPatient {
  readonly sourceId: string;
  readonly given: string;
  readonly family: string;
  readonly birthDate: string;
  readonly gender: string;
  /** Not in the data: the demo's own. */
  readonly email?: string;
  /** When they died. */
  readonly deceased?: string;
}

/** A practitioner of the data; encounters refer to the `npi`. */
export interface DemoPractitioner {
  readonly npi: string;
  readonly given: string;
  readonly family: string;
}

/** A past visit, which the demo books again in the coming weeks. */
export interface DemoEncounter {
  readonly patient: string;
  readonly npi: string;
  readonly start: Date;
  readonly minutes: number;
  readonly reasonCode: string;
}

/** The parts of a FHIR data set that the demo needs. */
export interface ClinicData {
  readonly patients: readonly DemoPatient[];
  readonly practitioners: readonly DemoPractitioner[];
  readonly encounters: readonly DemoEncounter[];
}

const name = z.object({ family: z.string(), given: z.array(z.string()).min(1) });
const coding = z.object({ coding: z.array(z.object({ code: z.string() })).min(1) });

const patientResource = z.object({
  id: z.string(),
  name: z.array(name).min(1),
  birthDate: z.string(),
  gender: z.string(),
  deceasedDateTime: z.string().optional(),
});

const practitionerResource = z.object({
  identifier: z.array(z.object({ value: z.string() })).min(1),
  name: z.array(name).min(1),
});

const encounterResource = z.object({
  class: z.object({ code: z.string() }),
  type: z.array(coding).min(1),
  subject: z.object({ reference: z.string() }),
  participant: z.array(z.object({ individual: z.object({ reference: z.string() }) })).min(1),
  period: z.object({ start: z.string(), end: z.string() }),
  reasonCode: z.array(coding).optional(),
});

/** Emergencies and stays are not booked: only ambulatory visits (FHIR class AMB) of at most this duration. */
const LONGEST_VISIT_MINUTES = 240;
const SHORTEST_VISIT_MINUTES = 15;
const CELL_MINUTES = 5;

function first<T>(list: readonly T[]): T {
  const [head] = list;
  if (head === undefined) throw new Error('an empty list in the data');
  return head;
}

/** Reads one Patient. */
export function anyPatient(resource: unknown): DemoPatient {
  const patient = patientResource.parse(resource);
  const { given, family } = first(patient.name);
  return {
    sourceId: patient.id,
    given: first(given),
    family,
    birthDate: patient.birthDate,
    gender: patient.gender,
    ...(patient.deceasedDateTime === undefined ? {} : { deceased: patient.deceasedDateTime }),
  };
}

/** Reads one Patient; deceased ones, which Synthea includes, are not registered. */
export function toPatient(resource: unknown): DemoPatient | undefined {
  const patient = anyPatient(resource);
  return patient.deceased === undefined ? patient : undefined;
}

/** Reads one Practitioner. */
export function toPractitioner(resource: unknown): DemoPractitioner {
  const practitioner = practitionerResource.parse(resource);
  const { given, family } = first(practitioner.name);
  return { npi: first(practitioner.identifier).value, given: first(given), family };
}

/** Reads one Encounter; nothing when it is not one that is booked. */
export function toEncounter(resource: unknown): DemoEncounter | undefined {
  const encounter = encounterResource.parse(resource);
  const start = new Date(encounter.period.start);
  const lasted = (Date.parse(encounter.period.end) - start.getTime()) / 60_000;
  if (encounter.class.code !== 'AMB' || lasted > LONGEST_VISIT_MINUTES) return undefined;
  const reason = first((encounter.reasonCode?.[0] ?? first(encounter.type)).coding).code;
  return {
    patient: encounter.subject.reference.replace('urn:uuid:', ''),
    npi: first(encounter.participant).individual.reference.replace(/^.*\|/, ''),
    start,
    minutes: Math.max(SHORTEST_VISIT_MINUTES, Math.ceil(lasted / CELL_MINUTES) * CELL_MINUTES),
    reasonCode: reason,
  };
}

async function collect<T>(
  folder: string,
  file: string,
  read: (resource: unknown) => T | undefined,
): Promise<T[]> {
  const found: T[] = [];
  for await (const resource of readResources(folder, file)) {
    const one = read(resource);
    if (one !== undefined) found.push(one);
  }
  return found;
}

/** Reads a folder with Patient, Practitioner and Encounter as ndjson or ndjson.gz. */
export async function readClinicData(folder: string): Promise<ClinicData> {
  return {
    patients: await collect(folder, 'Patient', toPatient),
    practitioners: await collect(folder, 'Practitioner', toPractitioner),
    encounters: await collect(folder, 'Encounter', toEncounter),
  };
}
