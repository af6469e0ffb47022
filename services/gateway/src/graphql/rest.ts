import { HttpProblem, inSpan, NotFound, requestSignal, traceHeaders } from '@careplane/kit';
import type { Request } from '@careplane/kit';
import type { z } from 'zod';
import type { Backends } from '../backend/backends.ts';
import { requestHeaders } from '../backend/headers.ts';
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
}

/** A reader for one request: with its token, its trace, and its end. */
export function createRestReader(req: Request, { routes, backends }: RestReaderOptions): RestReader {
  const { authorization } = req.headers;
  return {
    async get<S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S> | undefined> {
      const route = findRoute(routes(), path.split('?')[0] ?? path);
      if (!route) throw new NotFound('There is no such route');
      const answer = await inSpan(`GET ${route.service}`, { kind: 'client' }, () =>
        backends.at(route.url).send({
          method: 'GET',
          path,
          headers: requestHeaders(
            { authorization, accept: 'application/json' },
            {
              address: req.socket.remoteAddress ?? 'unknown',
              protocol: req.protocol,
              host: req.headers.host,
              trace: traceHeaders(),
            },
          ),
          body: null,
          signal: requestSignal(req),
          idempotent: true,
          replayable: true,
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
