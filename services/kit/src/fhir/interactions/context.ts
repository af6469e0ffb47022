import type { Request } from 'express';
import type { AuditTrail } from '../../audit/trail.ts';
import { NotFound } from '../../http/errors.ts';
import type { Transaction } from '../../mongo/transaction.ts';
import type { AccessPort, ResourceDefinition } from '../definition.ts';
import type { PageKeys } from '../search/sealed-page.ts';

export interface FhirOptions {
  readonly definitions: readonly ResourceDefinition[];
  readonly access: AccessPort;
  /** Where each access is recorded before it is answered. */
  readonly audit: AuditTrail;
  /**
   * Secrets that all replicas share, 32 bytes each: they seal the link `next` of a search by POST, whose parameters stand in no address,
   * and of a search from whose pages consents take something: it goes on after a record that the caller may not know of.
   */
  readonly linkKey: PageKeys;
  /** Serves Bundles at `POST /fhir/R4`; absent: none. */
  readonly bundles?: BundleOptions;
  /** For the CapabilityStatement: the service and its version. */
  readonly software?: { readonly name: string; readonly version?: string };
}

/** What a transaction Bundle needs. */
export interface BundleOptions {
  /** Runs the writes of a Bundle in one transaction, which commits nothing once the signal is aborted. */
  readonly run: <T>(work: (tx: Transaction) => Promise<T>, signal: AbortSignal) => Promise<T>;
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

/** `_format` of the query: most have none. */
export function formatOf(req: Request): string | undefined {
  const query = queryTextOf(req);
  return query === '' ? undefined : (new URLSearchParams(query).get('_format') ?? undefined);
}
