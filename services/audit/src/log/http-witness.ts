import type { ServiceContext } from '@careplane/kit';
import type { VerifierKey } from '@careplane/tlog';
import { request } from 'undici';
import type { Witness } from './cosigning.ts';

/** Longer answers are no cosignatures. */
const MOST_BYTES = 64 * 1024;
const TIMEOUT_MS = 5_000;

/** A witness by its address: `<prefix>/add-checkpoint`. */
export function httpWitness(
  prefix: string,
  key: VerifierKey,
  { dispatcher }: Partial<Pick<ServiceContext['transport'], 'dispatcher'>> = {},
): Witness {
  return {
    key,
    async addCheckpoint(body, signal) {
      const { statusCode, body: answer } = await request(`${prefix}/add-checkpoint`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        ...(dispatcher ? { dispatcher } : {}),
      });
      const chunks: Buffer[] = [];
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        if (chunks.reduce((sum, one) => sum + one.length, 0) > MOST_BYTES) break;
      }
      return { status: statusCode, text: Buffer.concat(chunks).toString() };
    },
  };
}
