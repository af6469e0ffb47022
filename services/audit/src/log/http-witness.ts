import type { ServiceContext } from '@careplane/kit';
import { encodeVerifierKey, NotVerified, parseVerifierKey } from '@careplane/tlog';
import type { VerifierKey } from '@careplane/tlog';
import { request } from 'undici';
import type { Witness, WitnessAnswer } from './cosigning.ts';

/** Longer answers are no cosignatures. */
const MOST_BYTES = 64 * 1024;
const TIMEOUT_MS = 5_000;
const OK = 200;
const UNKNOWN_LOG = 404;

export interface HttpWitnessOptions extends Partial<Pick<ServiceContext['transport'], 'dispatcher'>> {
  /** Its key, from whoever runs it. Without, the key is the one that the witness says first. */
  readonly key?: VerifierKey;
  /** The log's key: a witness that knows no key of the log is told it. Without, a person tells it. */
  readonly log?: VerifierKey;
}

/** A witness by its address: `<prefix>/add-checkpoint` of c2sp.org/tlog-witness; `<prefix>/vkey` and `<prefix>/add-log` of ours. */
export function httpWitness(name: string, prefix: string, options: HttpWitnessOptions = {}): Witness {
  let { key } = options;
  const ask = asking(prefix, options);
  return {
    name,
    async key(signal) {
      return (key ??= witnessKey(await ask({ path: 'vkey', method: 'GET' }, signal)));
    },
    async addCheckpoint(body, signal) {
      const add = { path: 'add-checkpoint', method: 'POST', body } as const;
      const answer = await ask(add, signal);
      if (answer.status !== UNKNOWN_LOG || options.log === undefined) return answer;
      const introduced = await ask(
        { path: 'add-log', method: 'POST', body: `${encodeVerifierKey(options.log)}\n` },
        signal,
      );
      return introduced.status === OK ? ask(add, signal) : introduced;
    },
  };
}

interface Asked {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly body?: string;
}

function asking(
  prefix: string,
  { dispatcher }: Pick<HttpWitnessOptions, 'dispatcher'>,
): (asked: Asked, signal: AbortSignal) => Promise<WitnessAnswer> {
  return async ({ path, method, body }, signal) => {
    const { statusCode, body: answer } = await request(`${prefix}/${path}`, {
      method,
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'text/plain; charset=utf-8' } }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      ...(dispatcher ? { dispatcher } : {}),
    });
    const chunks: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      if (chunks.reduce((sum, one) => sum + one.length, 0) > MOST_BYTES) break;
    }
    return { status: statusCode, text: Buffer.concat(chunks).toString() };
  };
}

function witnessKey({ status, text }: WitnessAnswer): VerifierKey {
  if (status !== OK) throw new NotVerified(`the witness answered ${status} when asked for its key`);
  const key = parseVerifierKey(text.trim());
  if (key.algorithm !== 'cosignature/v1')
    throw new NotVerified('the key of the witness is not one for cosignatures');
  return key;
}
