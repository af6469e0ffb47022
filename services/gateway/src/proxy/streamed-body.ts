import { Readable } from 'node:stream';
import { HttpProblem } from '@careplane/kit';
import type { Request } from '@careplane/kit';

/** The client's side of a request that streams has failed: no fault of the service. Called as undici and Node call what is given up. */
export class BodyEnded extends Error {
  override readonly name = 'AbortError';
}

/**
 * The body of a request as it comes, read when the service can take it; undefined when it has none.
 * @throws HttpProblem 413 for one that says that it is too large; one that turns out to be fails with `BodyEnded`
 */
export function streamedBody(req: Request, limitBytes: number): Readable | undefined {
  const length = req.headers['content-length'];
  if (length === undefined && req.headers['transfer-encoding'] === undefined) return undefined;
  if (Number(length ?? 0) > limitBytes) throw tooLarge();
  return Readable.from(bounded(req, limitBytes), { objectMode: false });
}

async function* bounded(req: Request, limitBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const piece of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > limitBytes) throw tooLarge();
      yield piece;
    }
  } catch (error) {
    throw new BodyEnded('the body has ended before its end', { cause: error });
  }
}

function tooLarge(): HttpProblem {
  return new HttpProblem(413, 'The request body is too large', { headers: { connection: 'close' } });
}
