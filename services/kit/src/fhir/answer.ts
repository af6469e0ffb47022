import type { Response } from 'express';
import { etagOf } from '../http/etag.ts';
import type { Reply } from '../http/route.ts';
import type { Preferences } from './negotiation.ts';
import { FHIR_JSON, operationOutcome } from './outcome.ts';
import type { Stored } from './resource.ts';

/** Writes a reply as FHIR JSON. What it holds is for this caller only, and is asked for again each time. */
export function sendFhir(res: Response, reply: Reply): void {
  if (res.headersSent || res.destroyed) return; // timed out or gone: the answer was given already
  res
    .status(reply.status)
    .set({ 'cache-control': 'private, no-cache', vary: 'Accept, Authorization', ...reply.headers });
  if (reply.body === undefined || res.req.fresh) {
    if (reply.body !== undefined) res.status(304);
    res.end();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(reply.body)); // one write, and its length; Express' own `send` costs more than that
  res.setHeader('content-type', `${FHIR_JSON}; charset=utf-8`);
  res.setHeader('content-length', bytes.length);
  res.end(bytes);
}

/** `ETag` and `Last-Modified` of a version. */
export function versionHeaders({ meta }: Stored): Record<string, string> {
  return {
    etag: etagOf(meta.versionId),
    'last-modified': new Date(meta.lastUpdated).toUTCString(),
  };
}

/** The answer to a create or an update, as the caller prefers it. `shown` is absent when the caller may write but not read. */
export function writeReply(
  status: number,
  written: { readonly stored: Stored; readonly shown: Stored | undefined; readonly base: string },
  preferences: Preferences,
): Reply {
  const { stored, shown, base } = written;
  const location = `${base}/${stored.resourceType}/${stored.id}/_history/${stored.meta.versionId}`;
  const reply = { status, headers: { ...versionHeaders(stored), location } };
  if (preferences.answer === 'OperationOutcome') return { ...reply, body: done(status) };
  return preferences.answer === 'minimal' || !shown ? reply : { ...reply, body: shown };
}

function done(status: number): unknown {
  const text = status === 201 ? 'The resource was created' : 'The resource is stored';
  return operationOutcome([{ severity: 'information', code: 'informational', details: { text } }]);
}
