import { backoffMs, describeError, pause } from '@careplane/kit';
import type { Logger } from '@careplane/kit';
import {
  consistencyProof,
  cosignatureOf,
  formatAddCheckpoint,
  formatNote,
  Malformed,
  NotVerified,
  parseCheckpoint,
  parseNote,
  parseSignatures,
  signatureOf,
} from '@careplane/tlog';
import type { SignedCheckpoint, VerifierKey } from '@careplane/tlog';
import type { LogReader } from './reader.ts';
import type { Replica } from './replica.ts';
import type { LogStore } from './store.ts';

/** What a witness answers. */
export interface WitnessAnswer {
  readonly status: number;
  readonly text: string;
}

/** A witness that is asked for cosignatures. */
export interface Witness {
  /** As metrics and log lines call it. */
  readonly name: string;
  /** The key of its cosignatures, the same for good. @throws when it cannot be had now */
  key(signal: AbortSignal): Promise<VerifierKey>;
  /** Sends the request of c2sp.org/tlog-witness. @throws when no answer comes */
  addCheckpoint(body: string, signal: AbortSignal): Promise<WitnessAnswer>;
}

/**
 * What asking came to: `cosigned`; `away` (no answer); `behind` (the witness has cosigned a larger tree: entries were lost here, or it serves a
 * fork); `refused` (an answer without a cosignature: the log does not go on from what the witness has cosigned, or the witness is wrong).
 */
export type Cosigning = 'cosigned' | 'away' | 'behind' | 'refused';

/** The witness has cosigned more entries than the log has. */
class Behind extends NotVerified {}

export interface CosigningParts {
  readonly store: LogStore;
  readonly replica: Replica;
  readonly reader: LogReader;
  readonly logger: Logger;
  /** Hears of each attempt. */
  readonly observe: (witness: string, result: Cosigning, size: number) => void;
}

/** How often a witness is asked at most, in milliseconds: once for all checkpoints of that time. */
const INTERVAL_MS = 1_000;
const BACKOFF = { baseMs: 2_000, capMs: 60_000 };
const CONFLICT = 409;
/** A witness that fails by itself, such as one whose database is away, says nothing about the log. */
const OUT_OF_ORDER = 500;

/** Has each new checkpoint cosigned until the signal is aborted. Nothing waits for it. */
export async function keepCosigned(
  witness: Witness,
  parts: CosigningParts,
  signal: AbortSignal,
): Promise<void> {
  const hasEnded = (): boolean => signal.aborted;
  let cosigned = 0;
  for (let failures = 0; !hasEnded();) {
    await pause(failures === 0 ? INTERVAL_MS : backoffMs(failures, BACKOFF), signal);
    try {
      await parts.replica.follow();
      const { size, checkpoint } = parts.replica.head;
      if (size > cosigned) {
        await cosignOnce(witness, { size: cosigned, checkpoint }, parts, signal);
        parts.observe(witness.name, 'cosigned', size);
      }
      [cosigned, failures] = [size, 0];
    } catch (error) {
      if (hasEnded()) return;
      failures += 1;
      const result = resultOf(error);
      parts.observe(witness.name, result, cosigned);
      parts.logger[result === 'away' ? 'warn' : 'error']('audit log: no cosignature', {
        witness: witness.name,
        result,
        failures,
        ...describeError(error),
      });
    }
  }
}

function resultOf(error: unknown): Cosigning {
  if (error instanceof Behind) return 'behind';
  return error instanceof NotVerified || error instanceof Malformed ? 'refused' : 'away';
}

/** Asks from the size that the witness has cosigned last; when it is another one, it says so. */
async function cosignOnce(
  witness: Witness,
  { size, checkpoint }: { readonly size: number; readonly checkpoint: string },
  { store, reader }: CosigningParts,
  signal: AbortSignal,
): Promise<void> {
  const signed = parseCheckpoint(checkpoint);
  const key = await witness.key(signal);
  const askFrom = async (oldSize: number): ReturnType<Witness['addCheckpoint']> => {
    const proof = await consistencyProof(oldSize, signed.size, (tile) => needed(reader.tile(tile)));
    return witness.addCheckpoint(formatAddCheckpoint({ oldSize, proof, checkpoint }), signal);
  };
  let answer = await askFrom(size);
  const known = /^\d+\n$/.test(answer.text) ? Number(answer.text) : NaN;
  if (answer.status === CONFLICT && known > signed.size)
    throw new Behind(`the witness has cosigned ${known} entries, and the log has ${signed.size}`);
  if (answer.status === CONFLICT && known <= signed.size) answer = await askFrom(known);
  if (answer.status >= OUT_OF_ORDER) throw new Error(`the witness answered ${answer.status}`);
  if (answer.status !== 200) throw new NotVerified(`the witness answered ${answer.status}`);
  const cosigned = withCosignature(signed, answer.text, key);
  await store.storeCosignature({
    _id: `${signed.origin} ${key.name} ${signed.size}`,
    size: signed.size,
    checkpoint: cosigned,
  });
}

/** The checkpoint with this witness's cosignature, once it is verified; whatever else the witness sent is not kept. */
function withCosignature({ note }: SignedCheckpoint, lines: string, key: VerifierKey): string {
  const answered = { text: note.text, signatures: parseSignatures(lines) };
  const own = signatureOf(answered, key);
  if (own === undefined || cosignatureOf(answered, key) === undefined)
    throw new NotVerified('the answer has no cosignature of the witness');
  return formatNote({ text: note.text, signatures: [...note.signatures, own] });
}

async function needed(tile: Promise<Uint8Array | undefined>): Promise<Uint8Array> {
  const bytes = await tile;
  if (bytes === undefined) throw new RangeError('a tile of the log is missing');
  return bytes;
}

/** One checkpoint with the cosignatures of all who have cosigned it. */
export function mergeCosigned(checkpoints: readonly string[]): string | undefined {
  const notes = checkpoints.map(parseNote);
  const [first] = notes;
  if (first === undefined) return undefined;
  const lines = new Map(
    notes
      .flatMap(({ signatures }) => signatures)
      .map((one) => [Buffer.from(one.bytes).toString('base64'), one]),
  );
  return formatNote({ text: first.text, signatures: [...lines.values()] });
}
