import type { Request } from 'express';
import { HttpProblem } from '../../http/errors.ts';
import type { FieldFault } from '../../http/errors.ts';
import type { Reply } from '../../http/route.ts';
import type { FhirOptions } from '../interactions/context.ts';
import { INTERACTIONS } from '../interactions/index.ts';
import { operationOutcome } from '../outcome.ts';
import { recorded } from '../recorded.ts';
import { responseBundle } from './answer.ts';
import type { BundleEntry, RequestBundle } from './entries.ts';
import { faultsIn } from './faults.ts';
import { entryRequest } from './parts.ts';

/** Each entry by itself, in order: what one is refused does not concern the others (hl7.org/fhir/R4/http.html#brules). */
export async function batch(
  options: FhirOptions,
  req: Request,
  entries: RequestBundle['entries'],
): Promise<Reply> {
  const replies: Reply[] = [];
  for (const entry of entries)
    replies.push('faults' in entry ? refused(400, entry.faults) : await answered(options, req, entry));
  return responseBundle('batch', replies);
}

async function answered(options: FhirOptions, req: Request, entry: BundleEntry): Promise<Reply> {
  try {
    const { req: part, action, definition } = entryRequest(req, entry, options);
    const asked = { action, type: definition.type };
    const handle = INTERACTIONS[action];
    if (!handle || definition.native) throw new HttpProblem(405, 'Method not allowed'); // bytes go by themselves
    return await recorded(part, { asked, options }, () => handle(options, definition, part));
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    return refused(error.status, faultsIn(entry, error));
  }
}

function refused(status: number, faults: readonly (FieldFault & { readonly code?: string })[]): Reply {
  const issues = faults.map(({ path, message, code = 'invalid' }) => ({
    severity: 'error' as const,
    code,
    details: { text: message },
    expression: [path],
  }));
  return { status, body: operationOutcome(issues) };
}
