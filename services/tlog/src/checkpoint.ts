import { decodeBase64 } from './base64.ts';
import { Malformed } from './errors.ts';
import { HASH_BYTES } from './hash.ts';
import { isKeyName } from './keys.ts';
import type { SigningKey, VerifierKey } from './keys.ts';
import { formatNote, parseNote, signText, verifyNote } from './note.ts';
import type { SignedNote } from './note.ts';
import type { TreeHead } from './proof.ts';

/** What a log says about its tree (c2sp.org/tlog-checkpoint). */
export interface Checkpoint extends TreeHead {
  /** Which log: its address without the scheme. */
  readonly origin: string;
}

/** A checkpoint with the note that it was read from. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: SignedNote;
}

/** The text that a log signs. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  if (!isKeyName(origin))
    throw new RangeError('an origin is not empty and has neither spaces nor a plus sign');
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** A checkpoint as it is published, with the signatures of the log's keys. */
export function signCheckpoint(checkpoint: Checkpoint, keys: readonly SigningKey[]): string {
  const text = checkpointText(checkpoint);
  return formatNote({ text, signatures: keys.map((key) => signText(text, key)) });
}

/** Reads a checkpoint and verifies nothing. @throws Malformed */
export function parseCheckpoint(text: string): SignedCheckpoint {
  const note = parseNote(text);
  const [origin = '', size = '', hash = '', ...rest] = note.text.split('\n');
  const root = decodeBase64(hash);
  const isNumber = /^(?:0|[1-9]\d*)$/.test(size) && Number.isSafeInteger(Number(size));
  if (origin === '' || !isNumber || root?.length !== HASH_BYTES || rest.at(-1) !== '')
    throw new Malformed('not a checkpoint: origin, size and root hash, a line each');
  return { origin, size: Number(size), root, note };
}

/**
 * Reads a checkpoint that one of the log's keys has signed.
 * @throws Malformed
 * @throws NotVerified when none has, or a signature is wrong, or it is of a log of another name
 */
export function openCheckpoint(text: string, keys: readonly VerifierKey[]): SignedCheckpoint {
  const checkpoint = parseCheckpoint(text);
  verifyNote(
    checkpoint.note,
    keys.filter(({ name }) => name === checkpoint.origin),
  );
  return checkpoint;
}
