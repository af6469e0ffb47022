import { sign, verify } from 'node:crypto';
import { decodeBase64 } from './base64.ts';
import { Malformed, NotVerified } from './errors.ts';
import { isKeyName } from './keys.ts';
import type { SigningKey, VerifierKey } from './keys.ts';

/** One line of signature below a note. */
export interface NoteSignature {
  readonly name: string;
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
}

/** A note of c2sp.org/signed-note: its text, which ends with a newline, and signatures of which nothing has been verified. */
export interface SignedNote {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const DASH = '— ';
const ID_BYTES = 4;
/** More than any log has witnesses. A note comes from outside. */
const MOST_SIGNATURES = 100;
const LONGEST_NOTE = 64 * 1024;

/** @throws Malformed when the text is no signed note */
export function parseNote(note: string): SignedNote {
  const end = note.lastIndexOf('\n\n');
  if (note.length > LONGEST_NOTE || end < 0 || !note.endsWith('\n') || hasControls(note))
    throw new Malformed('not a signed note: text, an empty line, signatures');
  return { text: note.slice(0, end + 1), signatures: parseSignatures(note.slice(end + 2)) };
}

/** Lines of signatures, as they stand below a note and as a witness answers. @throws Malformed */
export function parseSignatures(lines: string): NoteSignature[] {
  const signatures = lines.split('\n').slice(0, -1);
  if (!lines.endsWith('\n') || signatures.length > MOST_SIGNATURES)
    throw new Malformed('not the lines of 1 to 100 signatures');
  return signatures.map(parseSignature);
}

function parseSignature(line: string): NoteSignature {
  const [name = '', encoded = '', ...more] = line.slice(DASH.length).split(' ');
  const bytes = decodeBase64(encoded);
  const isWhole = line.startsWith(DASH) && isKeyName(name) && more.length === 0;
  if (!isWhole || bytes === undefined || bytes.length <= ID_BYTES)
    throw new Malformed('a line of signature is not of the form "— <name> <base64>"');
  return { name, id: bytes.subarray(0, ID_BYTES), bytes: bytes.subarray(ID_BYTES) };
}

/** All of Unicode's control characters but the newline are forbidden in notes. */
function hasControls(note: string): boolean {
  return /[^\P{Cc}\n]/u.test(note);
}

/** The note with its lines of signature, as it is published. */
export function formatNote({ text, signatures }: SignedNote): string {
  return `${text}\n${signatures.map(formatSignature).join('')}`;
}

/** One line of signature, with its newline. */
export function formatSignature({ name, id, bytes }: NoteSignature): string {
  return `${DASH}${name} ${Buffer.concat([id, bytes]).toString('base64')}\n`;
}

/** Signs a text, which ends with a newline. */
export function signText(text: string, { verifier, key }: SigningKey): NoteSignature {
  if (verifier.algorithm !== 'ed25519') throw new RangeError('a key of a witness signs cosignatures only');
  if (!text.endsWith('\n')) throw new RangeError('the text of a note ends with a newline');
  return { name: verifier.name, id: verifier.id, bytes: sign(null, Buffer.from(text), key) };
}

/** The note's signature by this key, if there is one: by name and id, nothing of it is verified. */
export function signatureOf(note: SignedNote, key: VerifierKey): NoteSignature | undefined {
  return note.signatures.find(({ name, id }) => name === key.name && Buffer.compare(id, key.id) === 0);
}

/**
 * Verifies that one of the keys has signed the note. Signatures of unknown keys do not count.
 * @returns the key that has signed
 * @throws NotVerified when no known key has signed, or one has a wrong signature
 */
export function verifyNote(note: SignedNote, keys: readonly VerifierKey[]): VerifierKey {
  let signer: VerifierKey | undefined;
  for (const key of keys.filter(({ algorithm }) => algorithm === 'ed25519')) {
    const signature = signatureOf(note, key);
    if (signature === undefined) continue;
    if (!verify(null, Buffer.from(note.text), key.key, signature.bytes))
      throw new NotVerified(`the signature of ${key.name} is not of this text`);
    signer ??= key;
  }
  if (signer === undefined) throw new NotVerified('no known key has signed it');
  return signer;
}
