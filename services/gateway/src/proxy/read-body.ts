import type { IncomingMessage } from 'node:http';
import { HttpProblem } from '@careplane/kit';

/** Bodies up to this are held, so that they can be sent again; it is more than any service accepts as JSON. */
const HELD_BYTES = 131_072;

/** A request's body as it goes to a backend. */
export interface OutgoingBody {
  readonly body: Buffer | IncomingMessage | null;
  readonly replayable: boolean;
}

/**
 * Reads a small body with a declared length; streams any other.
 * @throws HttpProblem 400 when the client breaks off.
 */
export async function readBody(req: IncomingMessage): Promise<OutgoingBody> {
  const length = req.headers['content-length'];
  if (length === undefined && req.headers['transfer-encoding'] === undefined)
    return { body: null, replayable: true };
  if (length === undefined || Number(length) > HELD_BYTES) return { body: req, replayable: false };
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of req) chunks.push(chunk as Buffer);
  } catch (error) {
    throw new HttpProblem(400, 'The request body broke off', { cause: error });
  }
  return { body: Buffer.concat(chunks), replayable: true };
}
