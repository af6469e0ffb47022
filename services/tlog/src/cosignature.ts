import { sign, verify } from 'node:crypto';
import { NotVerified } from './errors.ts';
import type { SigningKey, VerifierKey } from './keys.ts';
import { signatureOf } from './note.ts';
import type { NoteSignature, SignedNote } from './note.ts';

const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;

/** A witness's statement that at this time it saw no larger tree, and none that contradicts it. */
export interface Cosignature {
  readonly witness: string;
  readonly time: Date;
}

/** Signs a checkpoint as a witness (cosignature/v1 of c2sp.org/tlog-cosignature). @param text of the checkpoint, without signatures */
export function cosign(text: string, { verifier, key }: SigningKey, time: Date): NoteSignature {
  if (verifier.algorithm !== 'cosignature/v1')
    throw new RangeError('a witness signs with a key of its own kind');
  const seconds = Math.floor(time.getTime() / 1000);
  const at = Buffer.alloc(TIME_BYTES);
  at.writeBigUInt64BE(BigInt(seconds));
  const bytes = Buffer.concat([at, sign(null, message(text, seconds), key)]);
  return { name: verifier.name, id: verifier.id, bytes };
}

/**
 * The cosignature of this witness.
 * @returns undefined when the note has none
 * @throws NotVerified when it has one that is wrong
 */
export function cosignatureOf(note: SignedNote, witness: VerifierKey): Cosignature | undefined {
  const signature = signatureOf(note, witness);
  if (signature === undefined) return undefined;
  const bytes = Buffer.from(signature.bytes);
  const seconds = bytes.length === TIME_BYTES + SIGNATURE_BYTES ? Number(bytes.readBigUInt64BE()) : NaN;
  const isRight =
    witness.algorithm === 'cosignature/v1' &&
    Number.isSafeInteger(seconds) &&
    verify(null, message(note.text, seconds), witness.key, bytes.subarray(TIME_BYTES));
  if (!isRight) throw new NotVerified(`the cosignature of ${witness.name} is not of this checkpoint`);
  return { witness: witness.name, time: new Date(seconds * 1000) };
}

function message(text: string, seconds: number): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
}
