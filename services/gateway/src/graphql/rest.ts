import { HttpProblem, inSpan, Invalid, NotFound, requestSignal, traceHeaders } from '@careplane/kit';
import type { Request } from '@careplane/kit';
import type { z } from 'zod';
import type { Backends } from '../backend/backends.ts';
import { requestHeaders } from '../backend/headers.ts';
import { clientOf } from '../entrance/client.ts';
import { callerOf } from '../entrance/guard.ts';
import type { Limits } from '../entrance/limits.ts';
import { kindOf } from '../proxy/proxy.ts';
import { findRoute } from '../routes/table.ts';
import type { Route } from '../routes/table.ts';

/** Reads resources from the services behind, as the caller: every policy is applied where it lives. */
export interface RestReader {
  /**
   * GETs a path. Undefined for 404.
   * @throws HttpProblem with the backend's status for any other refusal, 502 for an answer of another shape.
   */
  get<S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S> | undefined>;
}

export interface RestReaderOptions {
  readonly routes: () => readonly Route[];
  readonly backends: Backends;
  readonly limits: Pick<Limits, 'user'>;
  readonly publicUrl?: string | undefined;
}

/** More than a page of appointments needs when each has another patient and another practitioner. */
const MOST_CALLS = 250;

/**
 * A reader for one request: with its token, its trace, and its end. Each call behind the gateway counts for the caller's limit as if
 * it had been made by REST; the first is the request itself, which is counted.
 */
export function createRestReader(req: Request, options: RestReaderOptions): RestReader {
  const { routes, backends, limits, publicUrl } = options;
  const { authorization } = req.headers;
  // What the data is for is judged by the services, as for REST: without it another purpose would be assumed.
  const said = { authorization, 'purpose-of-use': req.get('purpose-of-use') };
  const caller = callerOf(req);
  let calls = 0;
  const charge = async (): Promise<void> => {
    calls += 1;
    if (calls > MOST_CALLS) throw new Invalid([{ path: 'query', message: 'needs too many calls' }]);
    if (calls > 1) await limits.user(caller);
  };
  return {
    async get<S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S> | undefined> {
      const route = findRoute(routes(), path.split('?')[0] ?? path);
      if (!route) throw new NotFound('There is no such route');
      await charge();
      const answer = await inSpan(`GET ${route.service}`, { kind: 'client' }, () =>
        backends.at(route.url).send({
          method: 'GET',
          path,
          headers: requestHeaders(
            { ...said, accept: 'application/fhir+json' },
            { ...clientOf(req, publicUrl), trace: traceHeaders() },
          ),
          body: null,
          signal: requestSignal(req),
          kind: kindOf(route, 'GET'),
          caller,
          repeatable: true,
        }),
      );
      return read(answer, schema);
    },
  };
}

async function read<S extends z.ZodType>(
  answer: { statusCode: number; body: { json(): Promise<unknown>; dump(): Promise<unknown> } },
  schema: S,
): Promise<z.infer<S> | undefined> {
  if (answer.statusCode !== 200) {
    await answer.body.dump();
    if (answer.statusCode === 404) return undefined;
    throw new HttpProblem(answer.statusCode, 'The service behind refused');
  }
  const parsed = schema.safeParse(await answer.body.json());
  if (!parsed.success) throw new HttpProblem(502, 'The service behind answered another shape');
  return parsed.data;
}
