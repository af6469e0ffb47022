import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { HttpProblem } from '@careplane/kit';

/** Bodies up to this are held, so that they can be sent again; it is more than any service accepts as JSON. */
const HELD_BYTES = 131_072;

/** A request's body as it goes to a backend. */
export interface OutgoingBody {
  readonly body: Buffer | Readable | null;
  readonly replayable: boolean;
}

/**
 * Reads a small body whole, also one whose length is not declared; streams any other.
 * @throws HttpProblem 400 when the client breaks off.
 */
export async function readBody(req: IncomingMessage): Promise<OutgoingBody> {
  const length = req.headers['content-length'];
  if (length === undefined && req.headers['transfer-encoding'] === undefined)
    return { body: null, replayable: true };
  if (Number(length ?? 0) > HELD_BYTES) return { body: req, replayable: false };
  const chunks = (req as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const held: Buffer[] = [];
  try {
    for (let bytes = 0; bytes <= HELD_BYTES;) {
      const next = await chunks.next();
      if (next.done) return { body: Buffer.concat(held), replayable: true };
      held.push(next.value);
      bytes += next.value.length;
    }
  } catch (error) {
    throw new HttpProblem(400, 'The request body broke off', { cause: error });
  }
  return { body: Readable.from(joined(held, chunks), { objectMode: false }), replayable: false };
}

/** What has been read, then the rest as it comes. */
async function* joined(held: readonly Buffer[], chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* held;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}
