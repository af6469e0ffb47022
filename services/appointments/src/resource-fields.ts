import type { FieldFault } from '@careplane/kit';
import type { Resource } from './kit-fhir.ts';

/** A fault of a resource: the FHIRPath of the element, and what is expected there; never the value. */
export function faultAt(path: string, message: string): FieldFault {
  return { path, message };
}

/** The id in a relative, literal reference to a resource of this type, `Patient/<id>`. */
export function referenceIn(reference: unknown, type: string): string | undefined {
  if (typeof reference !== 'object' || reference === null || !('reference' in reference)) return undefined;
  const literal: unknown = reference.reference;
  if (typeof literal !== 'string') return undefined;
  const [named, id, ...rest] = literal.split('/');
  return named === type && id !== undefined && /^[A-Za-z0-9.-]{1,64}$/.test(id) && rest.length === 0
    ? id
    : undefined;
}

/** An identifier as searches look at it: system and value apart, since a joint of both could be two different ones. */
export interface IdentifierKey {
  readonly system?: string;
  readonly value?: string;
}

/** The identifiers of a resource that a search can find. */
export function identifiersOf(resource: Resource): IdentifierKey[] {
  const sent = (resource['identifier'] ?? []) as readonly IdentifierKey[];
  return sent
    .filter(({ value }) => value !== undefined)
    .map(({ system, value }) => ({
      ...(system !== undefined && { system }),
      ...(value !== undefined && { value }),
    }));
}

/** An object without some of its elements. */
export function without(value: object, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}
