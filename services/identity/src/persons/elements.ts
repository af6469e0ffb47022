import { Invalid } from '@careplane/kit';
import type { Resource } from '@careplane/kit';

/** Elements of resources as they are read here; what else was sent stays in the resource. */
export interface HumanName {
  readonly use?: string;
  readonly text?: string;
  readonly family?: string;
  readonly given?: readonly string[];
  readonly prefix?: readonly string[];
  readonly suffix?: readonly string[];
  readonly period?: Period;
}
export interface ContactPoint {
  readonly system?: string;
  readonly value?: string;
  readonly use?: string;
  /** 1 is the most preferred. */
  readonly rank?: number;
  readonly period?: Period;
}
export interface Identifier {
  readonly system?: string;
  readonly value?: string;
}
export interface Address {
  readonly city?: string;
  readonly postalCode?: string;
  readonly state?: string;
  readonly country?: string;
  readonly line?: readonly string[];
  readonly text?: string;
}
export interface Period {
  readonly start?: string;
  readonly end?: string;
}
export interface Concept {
  readonly coding?: readonly { readonly system?: string; readonly code?: string }[];
}
export interface Link {
  readonly other: { readonly reference?: string };
  readonly type: string;
}

type Json = Readonly<Record<string, unknown>>;

/** The items of an element that repeats or not; none when it is absent. Gaps (null beside an extension) are left out. */
export function items(resource: Json, element: string): readonly unknown[] {
  const value = resource[element];
  const list = value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value];
  return list.filter((item) => item !== null && item !== undefined);
}

export const namesIn = (resource: Json): readonly HumanName[] => items(resource, 'name') as HumanName[];
export const telecomIn = (resource: Json): readonly ContactPoint[] =>
  items(resource, 'telecom') as ContactPoint[];
export const identifiersIn = (resource: Json): readonly Identifier[] =>
  items(resource, 'identifier') as Identifier[];
export const addressesIn = (resource: Json): readonly Address[] => items(resource, 'address') as Address[];
export const linksIn = (resource: Json): readonly Link[] => items(resource, 'link') as Link[];

/** CodeableConcepts of an element. */
export const conceptsIn = (resource: Json, element: string): readonly Concept[] =>
  items(resource, element) as Concept[];

/** Texts of an element that repeats or not. */
export const textsIn = (resource: Json, element: string): readonly string[] =>
  items(resource, element).filter((item) => typeof item === 'string');

/** A text, or undefined for anything else. */
export function textOf(resource: Json, element: string): string | undefined {
  const value = resource[element];
  return typeof value === 'string' ? value : undefined;
}

/** The ids that an element refers to among resources of a type; absolute and contained references are none of ours. */
export function referencedIds(resource: Resource, element: string, type: string): string[] {
  return (items(resource, element) as { readonly reference?: string }[])
    .map(({ reference }) => idIn(reference, type))
    .filter((id) => id !== undefined);
}

/** The id in a relative reference such as `Patient/<id>`. */
export function idIn(reference: string | undefined, type: string): string | undefined {
  const [named, id, ...rest] = (reference ?? '').split('/');
  const isVersioned = rest.length === 2 && rest[0] === '_history';
  return named === type && id !== undefined && id !== '' && (rest.length === 0 || isVersioned)
    ? id
    : undefined;
}

/** The patient whom a reference names. @throws Invalid, with its path, when that is nobody here */
export function patientIn(reference: string | undefined, path: string): string {
  const id = idIn(reference, 'Patient');
  if (id === undefined) throw noPatient(path);
  return id;
}

function noPatient(path: string): Invalid {
  return new Invalid([{ path, message: 'a Patient of this server' }]);
}

/** All texts of names by the part that they are. */
export function nameTexts(names: readonly HumanName[]): Record<'family' | 'given' | 'other', string[]> {
  const present = (texts: readonly (string | null | undefined)[]): string[] =>
    texts.filter((text) => typeof text === 'string');
  return {
    family: present(names.map(({ family }) => family)),
    given: present(names.flatMap(({ given }) => given ?? [])),
    other: present(names.flatMap(({ text, prefix, suffix }) => [text, ...(prefix ?? []), ...(suffix ?? [])])),
  };
}
