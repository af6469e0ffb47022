import type { Request } from 'express';
import { NotFound } from '../../http/errors.ts';
import type { AccessPort, Interaction, ResourceDefinition } from '../definition.ts';
import type { Resource } from '../resource.ts';
import type { PageKeys } from '../search/sealed-page.ts';

/** A reference to a resource of another service. */
export interface ForeignReference {
  readonly type: string;
  readonly id: string;
}

/** Reads resources of other services as the caller would: what the caller may not see is not among them. */
export type ResolveReferences = (
  references: readonly ForeignReference[],
  interaction: Interaction,
) => Promise<readonly Resource[]>;

export interface FhirOptions {
  readonly definitions: readonly ResourceDefinition[];
  readonly access: AccessPort;
  /** For `_include` of types that this service has not; without it they are not included. */
  readonly resolveReferences?: ResolveReferences;
  /**
   * Secrets that all replicas share, 32 bytes each: with them the link `next` of a search by POST shows none of its parameters.
   * Needed where parameters are about persons.
   */
  readonly linkKey?: PageKeys;
  /** For the CapabilityStatement: the service and its version. */
  readonly software?: { readonly name: string; readonly version?: string };
}

/** The id in the address. @throws NotFound for what can be none */
export function idOf(req: Request, parameter = 'id'): string {
  const id = req.params[parameter];
  if (typeof id !== 'string' || !/^[A-Za-z0-9.-]{1,64}$/.test(id)) throw new NotFound();
  return id;
}

/** The query as it was sent. */
export function queryTextOf(req: Request): string {
  const at = req.originalUrl.indexOf('?');
  return at === -1 ? '' : req.originalUrl.slice(at + 1);
}
