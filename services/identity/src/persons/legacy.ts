import type { Resource } from '@careplane/kit';
import type { ContactPoint, HumanName, Identifier } from './elements.ts';
import type { PersonRecord, PersonType } from './person-record.ts';

/** A patient or practitioner as former releases stored them: readable. */
export interface PlainRecord {
  readonly _id: string;
  readonly version: number;
  readonly identifier?: readonly Identifier[];
  readonly name?: readonly HumanName[];
  readonly telecom?: readonly ContactPoint[];
  readonly gender?: string;
  readonly birthDate?: string;
  readonly qualification?: readonly unknown[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function isPlain(record: PersonRecord | PlainRecord): record is PlainRecord {
  return !('body' in record);
}

/** FHIR knows no empty lists. */
function isPresent(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
}

/** The resource that a plain record was answered as. */
export function plainResource(type: PersonType, record: PlainRecord): Resource {
  const { identifier = [], name = [], telecom = [], gender, birthDate, qualification = [] } = record;
  const elements = { identifier, active: true, name, telecom, gender, birthDate, qualification };
  const present = Object.entries(elements).filter(([, value]) => isPresent(value));
  return { resourceType: type, ...Object.fromEntries(present) };
}
