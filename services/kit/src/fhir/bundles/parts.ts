import type { Action } from '@careplane/access';
import type { Request } from 'express';
import { HttpProblem, Invalid } from '../../http/errors.ts';
import { partOf } from '../../http/part-request.ts';
import { FHIR_BASE } from '../base-url.ts';
import type { ResourceDefinition } from '../definition.ts';
import type { FhirOptions } from '../interactions/context.ts';
import { FHIR_JSON } from '../outcome.ts';
import { fhirRoutes } from '../routes.ts';
import type { BundleEntry } from './entries.ts';

/** An entry as a request of its own, with what it asks for. */
export interface EntryRequest {
  readonly entry: BundleEntry;
  readonly req: Request;
  readonly action: Action;
  readonly definition: ResourceDefinition;
}

/** @throws Invalid for a type that this service does not have; HttpProblem 405 for what its type does not serve */
export function entryRequest(req: Request, entry: BundleEntry, { definitions }: FhirOptions): EntryRequest {
  const definition = definitions.find(({ type }) => type === entry.type);
  if (!definition)
    throw new Invalid([
      { path: 'http.url', message: `a Bundle here is of ${definitions.map(({ type }) => type).join(', ')}` },
    ]);
  const action = actionOf(entry);
  if (!fhirRoutes([definition]).some((route) => route.action === action))
    throw new HttpProblem(405, 'Method not allowed', { detail: `${entry.type} does not serve ${action}` });
  const { id, versionId, ifMatch, ifNoneExist, ifNoneMatch, resource } = entry;
  const params = { ...(id === undefined ? {} : { id }), ...(versionId === undefined ? {} : { versionId }) };
  const headers = {
    'content-type': FHIR_JSON,
    'idempotency-key': undefined,
    'if-match': ifMatch,
    'if-none-exist': ifNoneExist,
    'if-none-match': ifNoneMatch,
  };
  const url = `${FHIR_BASE}/${entry.url}`;
  return {
    entry,
    action,
    definition,
    req: partOf(req, { method: entry.method, url, params, headers, body: resource }),
  };
}

function actionOf({ method, id, versionId, isHistory }: BundleEntry): Action {
  if (method === 'POST') return 'create';
  if (method === 'PUT') return 'update';
  if (method === 'DELETE') return 'delete';
  if (isHistory) return versionId === undefined ? 'history' : 'vread';
  return id === undefined ? 'search' : 'read';
}
