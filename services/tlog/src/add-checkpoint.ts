import { decodeBase64 } from './base64.ts';
import { Malformed } from './errors.ts';
import { HASH_BYTES } from './hash.ts';

/** What a log asks of a witness (c2sp.org/tlog-witness, add-checkpoint). */
export interface AddCheckpoint {
  /** Size of the tree that the witness has cosigned last. */
  readonly oldSize: number;
  /** The consistency proof from there. */
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint. */
  readonly checkpoint: string;
}

const MOST_HASHES = 63;

/** The body of a request. */
export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): string {
  const lines = proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`);
  return `old ${oldSize}\n${lines.join('')}\n${checkpoint}`;
}

/** @throws Malformed when the body is not of that form; the checkpoint is not looked at */
export function parseAddCheckpoint(body: string): AddCheckpoint {
  const end = body.indexOf('\n\n');
  const [old = '', ...lines] = end < 0 ? [] : body.slice(0, end).split('\n');
  const digits = /^old (?<size>0|[1-9]\d*)$/.exec(old)?.groups?.['size'];
  const oldSize = Number(digits);
  if (!Number.isSafeInteger(oldSize)) throw new Malformed('the first line is not of the form "old <size>"');
  if (lines.length > MOST_HASHES) throw new Malformed(`a proof has at most ${MOST_HASHES} hashes`);
  return { oldSize, proof: lines.map(parseHash), checkpoint: body.slice(end + 2) };
}

function parseHash(line: string): Uint8Array {
  const hash = decodeBase64(line);
  if (hash?.length !== HASH_BYTES) throw new Malformed('a line of the proof is no hash in base64');
  return hash;
}
