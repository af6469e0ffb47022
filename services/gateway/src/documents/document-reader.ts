import { HttpProblem, inSpan, traceHeaders } from '@careplane/kit';
import type { Backends } from '../backend/backends.ts';
import { requestHeaders } from '../backend/headers.ts';

/** Reads a public document of a service, such as its OpenAPI document. @throws HttpProblem with the service's status, or as `Backend.send` */
export type DocumentReader = (service: string, url: string, path: string) => Promise<unknown>;

const WITHIN_MS = 3_000;
/** No document of a service is larger. */
const BYTES = 5_000_000;

/** As nobody: the document is the same for everybody. */
export function createDocumentReader(backends: Backends): DocumentReader {
  return async (service, url, path) => {
    const client = { address: '127.0.0.1', protocol: 'http', host: undefined };
    const answer = await inSpan(`GET ${service}`, { kind: 'client' }, () =>
      backends.at(url).send({
        method: 'GET',
        path,
        headers: requestHeaders({ accept: 'application/json' }, { ...client, trace: traceHeaders() }),
        body: null,
        signal: AbortSignal.timeout(WITHIN_MS),
        kind: 'documents',
        caller: 'gateway',
        repeatable: true,
      }),
    );
    if (answer.statusCode !== 200 || Number(answer.headers['content-length'] ?? 0) > BYTES) {
      await answer.body.dump();
      throw new HttpProblem(
        answer.statusCode === 200 ? 502 : answer.statusCode,
        'The service behind refused',
      );
    }
    return answer.body.json();
  };
}
