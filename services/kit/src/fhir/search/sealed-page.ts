import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { Invalid } from '../../http/errors.ts';
import type { Pair } from './pairs.ts';

/** The parameter of a link whose others are sealed in it. */
export const SEALED_PAGE = '_page';

/** The first seals, each opens: replicas may have another one first. */
export type PageKeys = Uint8Array | readonly Uint8Array[];

const [IV_BYTES, TAG_BYTES] = [12, 16];
const ALGORITHM = 'aes-256-gcm';

/**
 * The parameters of a search by POST as one opaque text, for its link `next`: they were sent in a body so that names and dates of
 * birth stand in no address, and no link may bring them there.
 */
export function sealPage(keys: PageKeys, type: string, pairs: readonly Pair[]): string {
  const iv = randomBytes(IV_BYTES);
  const [key = Buffer.alloc(0)] = [keys].flat();
  const cipher = createCipheriv(ALGORITHM, keyFor(key), iv).setAAD(Buffer.from(type));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(pairs), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** @throws Invalid for what was not sealed here for this type */
export function openPage(keys: PageKeys, type: string, text: string): Pair[] {
  const bytes = Buffer.from(text, 'base64url');
  for (const key of [keys].flat()) {
    const pairs = openBy(key, type, bytes);
    if (pairs) return pairs;
  }
  throw new Invalid([{ path: `http.${SEALED_PAGE}`, message: 'not a page of this search' }]);
}

function openBy(key: Uint8Array, type: string, bytes: Buffer): Pair[] | undefined {
  try {
    const end = bytes.length - TAG_BYTES;
    const decipher = createDecipheriv(ALGORITHM, keyFor(key), bytes.subarray(0, IV_BYTES))
      .setAAD(Buffer.from(type))
      .setAuthTag(bytes.subarray(end));
    const opened = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, end)), decipher.final()]);
    return JSON.parse(opened.toString('utf8')) as Pair[];
  } catch {
    return undefined; // sealed under another key, or not at all
  }
}

/** A key of its own, whatever else the given one is used for. */
function keyFor(key: Uint8Array): Buffer {
  return createHash('sha256').update('fhir search page').update(key).digest();
}
