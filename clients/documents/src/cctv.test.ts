import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import * as vectors from 'cctv-age';
import { decodeArmor } from './armor.ts';
import { collect, streamOf } from './bytes.ts';
import { decrypt } from './documents.ts';
import { DocumentError, type DocumentErrorCode } from './document-error.ts';
import { identity, passphraseIdentity } from './identities.ts';

/** The test vectors of the age format (c2sp.org/CCTV/age): a head with what must come of it, an empty line, the file. */
interface Vector {
  expected: string;
  readonly head: ReadonlyMap<string, string[]>;
  readonly file: Uint8Array;
}

function vectorOf(bytes: Uint8Array): Vector {
  const end = Buffer.from(bytes).indexOf('\n\n');
  const head = new Map<string, string[]>();
  for (const line of Buffer.from(bytes.subarray(0, end)).toString().split('\n')) {
    const [key = '', value = ''] = line.split(/: (.*)/s);
    head.set(key, [...(head.get(key) ?? []), value]);
  }
  const file = bytes.subarray(end + 2);
  const isPacked = head.get('compressed')?.[0] === 'zlib';
  return { expected: head.get('expect')?.[0] ?? '', head, file: isPacked ? inflateSync(file) : file };
}

/** What our errors are called in the vectors. A malformed stanza is found when it is unwrapped. */
const NAMES: Partial<Record<DocumentErrorCode, readonly string[]>> = {
  'header-malformed': ['header failure'],
  'header-tampered': ['header failure', 'HMAC failure'],
  'no-matching-identity': ['no match'],
  'payload-tampered': ['payload failure'],
  'armor-malformed': ['armor failure'],
};

/** To the vectors the nonce belongs to the header; here it is the beginning of the payload, with which it is stored. */
const NONCES = ['stream_no_nonce', 'stream_short_nonce'];

async function outcomeOf({ head, file }: Vector): Promise<{ names: readonly string[]; digest?: string }> {
  const identities = [
    ...(head.get('identity') ?? []).map((key) => identity(key)),
    ...(head.get('passphrase') ?? []).map(passphraseIdentity),
  ];
  try {
    const isArmored = head.get('armored')?.[0] === 'yes';
    const content = await decrypt(isArmored ? decodeArmor(streamOf(file)) : streamOf(file), identities);
    const digest = createHash('sha256')
      .update(await collect(content))
      .digest('hex');
    return { names: ['success'], digest };
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return { names: NAMES[error.code] ?? [error.code] };
  }
}

const all = Object.entries(vectors as Record<string, Uint8Array>);

describe('the test vectors of the age format', () => {
  it('are there', () => {
    expect(all.length).toBeGreaterThan(100);
  });

  it.each(all)('%s', async (name, bytes) => {
    const vector = vectorOf(bytes);
    if (NONCES.includes(name)) vector.expected = 'payload failure';
    const { names, digest } = await outcomeOf(vector);
    expect(names).toContain(vector.expected);
    if (vector.expected === 'success') expect(digest).toBe(vector.head.get('payload')?.[0]);
  });
});
