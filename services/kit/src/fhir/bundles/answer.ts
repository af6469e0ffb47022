import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Reply } from '../../http/route.ts';
import type { Resource } from '../resource.ts';

/** The answer to one entry (hl7.org/fhir/R4/bundle.html#transaction-response). */
export function responseEntry({ status, headers = {}, body }: Reply): object {
  const { etag, location } = headers;
  const modified = headers['last-modified'];
  const isOutcome = (body as Partial<Resource> | undefined)?.resourceType === 'OperationOutcome';
  return {
    ...(body === undefined || isOutcome ? {} : { resource: body }),
    response: {
      status: `${String(status)} ${STATUS_CODES[status] ?? ''}`.trim(),
      ...(location === undefined ? {} : { location }),
      ...(etag === undefined ? {} : { etag }),
      ...(modified === undefined ? {} : { lastModified: new Date(modified).toISOString() }),
      ...(isOutcome ? { outcome: body } : {}),
    },
  };
}

/** The Bundle that answers a Bundle, entry by entry. */
export function responseBundle(type: 'transaction' | 'batch', replies: readonly Reply[]): Reply {
  const body = {
    resourceType: 'Bundle',
    id: randomUUID(),
    type: `${type}-response`,
    ...(replies.length === 0 ? {} : { entry: replies.map(responseEntry) }),
  };
  return { status: 200, body };
}
