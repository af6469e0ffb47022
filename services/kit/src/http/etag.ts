import type { Request } from 'express';
import { PreconditionFailed, PreconditionRequired } from './errors.ts';

/** The entity tag of a resource's version: weak, as FHIR's `W/"3"` (RFC 9110, 8.8.3; FHIR R4 http.html#concurrency). */
export function etagOf(version: number | string): string {
  return `W/"${String(version)}"`;
}

/**
 * The version that an update is made against, from `If-Match`.
 * @throws PreconditionRequired without the header; PreconditionFailed for anything that is no version of ours.
 */
export function ifMatchVersion(req: Request): number {
  const header = req.get('if-match');
  if (header === undefined) throw new PreconditionRequired('If-Match');
  const version = /^(?:W\/)?"(\d{1,15})"$/.exec(header.trim())?.[1];
  if (version === undefined) throw new PreconditionFailed();
  return Number(version);
}

/**
 * Checks `If-Match` against the current version.
 * @throws PreconditionRequired without the header, PreconditionFailed when the versions differ.
 */
export function requireIfMatch(req: Request, currentVersion: number): void {
  if (ifMatchVersion(req) !== currentVersion) throw new PreconditionFailed();
}
