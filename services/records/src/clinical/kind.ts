import type { Resource, SearchParameter } from '@careplane/kit';
import type { z } from 'zod';

/** How the values at the paths of a search parameter are found. */
export type Form =
  /** CodeableConcepts, Codings and plain codes: by blind-index tokens. */
  | 'code'
  /** Identifiers: by tokens. */
  | 'identifier'
  /** References other than that to the patient: by tokens. */
  | 'reference'
  /** Texts, by the beginnings of their words: by tokens. */
  | 'text'
  /** dateTimes, instants and Periods: as intervals in plain, so that they can be sorted and compared. */
  | 'date'
  /** What the sealed store finds by itself: the patient. */
  | 'stored';

/** A search parameter, with how its values are found. */
export interface Parameter extends SearchParameter {
  readonly form: Form;
  /** Elements with their names in JSON: of a choice each type, such as `effectivePeriod`. */
  readonly paths: readonly string[];
}

/** One type of clinical resource. */
export interface ClinicalKind {
  readonly type: string;
  /** One or two sentences for the CapabilityStatement and the reference page. */
  readonly documentation: string;
  readonly schema: z.ZodType<Resource>;
  /** The element that names the patient. */
  readonly patient: 'subject' | 'patient';
  /** CodeableConcepts whose codes scopes such as `patient/Observation.rs?category=laboratory` name. */
  readonly category?: string;
  /** Elements that say who made it; of each type that patients write. */
  readonly authors?: readonly string[];
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/** The date parameters of a type; searches are sorted by the first above all. */
export function datesOf({ parameters }: Pick<ClinicalKind, 'parameters'>): string[] {
  return Object.keys(parameters).filter((name) => parameters[name]?.form === 'date');
}

interface Described {
  readonly documentation: string;
  /** The last part of the canonical URL of R4's definition, such as `clinical-code`. */
  readonly definition: string;
  readonly paths: readonly string[];
}

function describedBy({ documentation, definition, paths }: Described): Omit<Parameter, 'form' | 'type'> {
  return { documentation, paths, definition: `http://hl7.org/fhir/SearchParameter/${definition}` };
}

/** A token parameter over codes. */
export function code(definition: string, documentation: string, ...paths: readonly string[]): Parameter {
  const described = describedBy({ documentation, definition, paths });
  return { ...described, type: 'token', form: 'code', modifiers: ['not', 'missing'] };
}

/** A token parameter over identifiers. */
export function identifier(definition: string, ...paths: readonly string[]): Parameter {
  const documentation = 'A business identifier.';
  const described = describedBy({ documentation, definition, paths });
  return { ...described, type: 'token', form: 'identifier', modifiers: ['missing'] };
}

/** A date parameter; there is one value of it in a resource. */
export function date(definition: string, documentation: string, ...paths: readonly string[]): Parameter {
  const described = describedBy({ documentation, definition, paths });
  return { ...described, type: 'date', form: 'date', sortable: true, modifiers: ['missing'] };
}

/** A string parameter. */
export function text(definition: string, documentation: string, ...paths: readonly string[]): Parameter {
  const described = describedBy({ documentation, definition, paths });
  return { ...described, type: 'string', form: 'text', modifiers: ['exact', 'missing'] };
}

/** A reference parameter to anything but the patient. */
export function reference(
  definition: string,
  documentation: string,
  { paths, targets }: { readonly paths: readonly string[]; readonly targets: readonly string[] },
): Parameter {
  const described = describedBy({ documentation, definition, paths });
  return { ...described, type: 'reference', form: 'reference', targets, modifiers: ['missing'] };
}

/** The parameter `patient`. */
export function patient(element: 'subject' | 'patient'): Parameter {
  const documentation = 'Whom it is about.';
  const described = describedBy({ documentation, definition: 'clinical-patient', paths: [element] });
  return { ...described, type: 'reference', form: 'stored', targets: ['Patient'] };
}

/** The parameter `subject`: all records here are about patients. */
export function subject(definition: string): Parameter {
  const documentation = 'Whom it is about: always a patient.';
  const described = describedBy({ documentation, definition, paths: ['subject'] });
  return { ...described, type: 'reference', form: 'stored', targets: ['Patient'] };
}

/** The parameter `encounter`. */
export function encounter(definition: string, path = 'encounter'): Parameter {
  const documentation = 'The visit that it belongs to.';
  return reference(definition, documentation, { paths: [path], targets: ['Encounter'] });
}
