import { z } from 'zod';

/** A resource of the data set, as it is in its file. */
export interface SourceResource {
  readonly resourceType: string;
  readonly id: string;
  readonly [element: string]: unknown;
}

export const sourceResource = z.looseObject({ resourceType: z.string(), id: z.string() });

/** Clinical types in the order in which they refer to each other. */
export const RECORD_TYPES = [
  'Encounter',
  'Condition',
  'AllergyIntolerance',
  'Observation',
  'MedicationRequest',
  'Immunization',
  'Procedure',
  'CarePlan',
  'DocumentReference',
  'DiagnosticReport',
] as const;

/** The system of the ids of Synthea, as identifiers. */
export const SYNTHEA = 'https://github.com/synthetichealth/synthea';

/** The id of the patient that a resource is about, in the data set. */
export function patientOf({ subject, patient }: SourceResource): string | undefined {
  const reference = ((subject ?? patient) as { readonly reference?: string } | undefined)?.reference;
  return reference?.startsWith(URN) === true ? reference.slice(URN.length) : undefined;
}

export const URN = 'urn:uuid:';

type Known = (sourceId: string) => string | undefined;

/**
 * A resource as it is sent: its id is an identifier, by which it is found when the import is run again. References to what the
 * clinic has are literal; those to what it has not are logical, by the identifier.
 * @param known `Type/id` of what the clinic has, by its id in the data set
 * @param isSent whether something comes in the same Bundle
 */
export function toSend(
  resource: SourceResource,
  known: Known,
  isSent: (sourceId: string) => boolean,
): object {
  const { id, identifier, ...elements } = resource;
  const own = { system: SYNTHEA, value: id };
  const others = (Array.isArray(identifier) ? (identifier as Identifier[]) : []).filter(
    (one) => one.system !== own.system || one.value !== own.value,
  );
  return { ...(rewritten(elements, { known, isSent }) as object), identifier: [...others, own] };
}

interface Identifier {
  readonly system?: string;
  readonly value?: string;
}

interface Rewriting {
  readonly known: Known;
  readonly isSent: (sourceId: string) => boolean;
}

function rewritten(node: unknown, how: Rewriting): unknown {
  if (Array.isArray(node)) return node.map((item) => rewritten(item, how));
  if (typeof node !== 'object' || node === null) return node;
  const { reference, ...rest } = node as Readonly<Record<string, unknown>>;
  const others = Object.entries(rest).map(([name, value]) => [name, rewritten(value, how)] as const);
  return {
    ...(typeof reference === 'string' ? referred(reference, how) : {}),
    ...Object.fromEntries(others),
  };
}

/** `Practitioner?identifier=system|value`, as Synthea writes it. */
const BY_SEARCH = /^[A-Z][A-Za-z]+\?identifier=([^|]+)\|(.+)$/;

function referred(reference: string, { known, isSent }: Rewriting): object {
  const [, system, value] = BY_SEARCH.exec(reference) ?? [];
  if (value !== undefined) return { identifier: { system, value } };
  if (!reference.startsWith(URN)) return { reference };
  const id = reference.slice(URN.length);
  const literal = known(id);
  if (literal !== undefined) return { reference: literal };
  return isSent(id) ? { reference } : { identifier: { system: SYNTHEA, value: id } };
}
