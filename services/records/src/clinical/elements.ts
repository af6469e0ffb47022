import { intervalOf, referenceOf, valuesAt } from '@careplane/kit';
import type { Coding, Identifier, Period, Resource, ResourceReference } from '@careplane/kit';

/** A code with the system that it is of. */
export type Code = Pick<Coding, 'system' | 'code'>;

/** The codes at these paths: of CodeableConcepts, Codings and plain codes. */
export function codesAt(resource: Resource, paths: readonly string[]): Code[] {
  return paths.flatMap((path) => valuesAt(resource, path)).flatMap(codesIn);
}

function codesIn(value: unknown): Code[] {
  if (typeof value === 'string') return [{ code: value }];
  if (typeof value === 'boolean') return [{ code: String(value) }];
  if (typeof value !== 'object' || value === null) return [];
  if ('coding' in value && Array.isArray(value.coding)) return value.coding as Code[];
  return 'code' in value ? [value as Code] : [];
}

/** The identifiers with a value at these paths. */
export function identifiersAt(
  resource: Resource,
  paths: readonly string[],
): (Identifier & { readonly value: string })[] {
  return paths
    .flatMap((path) => valuesAt(resource, path))
    .filter((one): one is Identifier & { value: string } => (one as Identifier).value !== undefined);
}

/** The literal references to resources of this server at these paths. */
export function literalsAt(resource: Resource, paths: readonly string[]): ResourceReference[] {
  return paths
    .flatMap((path) => valuesAt(resource, path))
    .map((one) => referenceOf((one as { readonly reference?: unknown } | null)?.reference))
    .filter((one) => one !== undefined);
}

/** The texts at these paths. */
export function textsAt(resource: Resource, paths: readonly string[]): string[] {
  return paths.flatMap((path) => valuesAt(resource, path)).filter((one) => typeof one === 'string');
}

/** A stretch of time, `[start, end)`; without an end it is open. */
export interface Interval {
  readonly start: Date;
  readonly end?: Date;
}

/** The stretch that all dates and Periods at these paths cover together; undefined where there is none. */
export function intervalAt(resource: Resource, paths: readonly string[]): Interval | undefined {
  const parts = paths
    .flatMap((path) => valuesAt(resource, path))
    .map(intervalIn)
    .filter((one) => one !== undefined);
  if (parts.length === 0) return undefined;
  const ends = parts.map(({ end }) => end).filter((end) => end !== undefined);
  const start = new Date(Math.min(...parts.map((part) => part.start)));
  return ends.length < parts.length ? { start } : { start, end: new Date(Math.max(...ends)) };
}

/** Before every date that FHIR can write: of a Period without a start. */
const BEGINNING = -62_135_596_800_000;

function intervalIn(value: unknown): { readonly start: number; readonly end?: number } | undefined {
  if (typeof value === 'string') return intervalOf(value);
  if (typeof value !== 'object' || value === null) return undefined;
  const { start, end } = value as Period;
  const [from, to] = [start, end].map((text) => (text === undefined ? undefined : intervalOf(text)));
  if (!from && !to) return undefined;
  return { start: from?.start ?? BEGINNING, ...(to ? { end: to.end } : {}) };
}
