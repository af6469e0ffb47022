import type { Readable } from 'node:stream';

/** What was read of an answer ends before its end. */
export class BrokenOff extends Error {
  override readonly name = 'BrokenOff';
}

export interface FlowOptions {
  /** That are to come. */
  readonly bytes: number;
  /** How long nothing may come while it is waited for, in milliseconds; a reader that is slow itself breaks nothing off. */
  readonly idleMs: number;
}

/** The bytes of an answer. @throws BrokenOff when they end early, or do not come */
export async function* flowing(body: Readable, { bytes, idleMs }: FlowOptions): AsyncGenerator<Buffer> {
  const pieces = body[Symbol.asyncIterator]() as AsyncIterator<Buffer, unknown>;
  try {
    for (let left = bytes; left > 0;) {
      const next = await inTime(body, pieces, idleMs);
      if (!next) throw new BrokenOff('the answer ends early');
      left -= next.length;
      // the end of the answer, before a reader that has enough goes away: only then is the connection free for another request
      if (left <= 0) await inTime(body, pieces, idleMs);
      yield next;
    }
  } finally {
    body.destroy();
  }
}

/** The next piece, or nothing at the end. */
async function inTime(
  body: Readable,
  pieces: AsyncIterator<Buffer, unknown>,
  idleMs: number,
): Promise<Buffer | undefined> {
  const timer = setTimeout(() => {
    body.destroy(new BrokenOff('nothing comes'));
  }, idleMs);
  try {
    const next = await pieces.next();
    return next.done === true ? undefined : next.value;
  } catch (error) {
    throw error instanceof BrokenOff ? error : new BrokenOff('the answer breaks off', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
