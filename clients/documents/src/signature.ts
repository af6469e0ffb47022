import { createSha256 } from '#sha256';
import { base64 } from '@scure/base';
import { concat, type Bytes } from './bytes.ts';
import { DocumentError } from './document-error.ts';
import { derive } from './file-key.ts';
import { parseHeader } from './header.ts';
import { unwrap, type Identity } from './identities.ts';
import { verifier, type Signer, type Verifier } from './note-key.ts';

/** What a signature is about: the payload, and the header by which it is opened. */
export interface SignedParts {
  readonly header: Uint8Array;
  /** SHA-256 of the payload, as `digesting` makes it. */
  readonly payloadDigest: Uint8Array;
}

const KIND = 'careplane.dev/document-signature/v1';
const ID_BYTES = 4;
/** A note may have so many signatures. */
const MAX_LINES = 100;
const DIGEST_BYTES = 32;
/** Of a signed note: who, and the signature behind the id of the key. */
const LINE = /^\u2014 [^\s+]{1,200} [A-Za-z0-9+/]{4,400}={0,2}$/u;

/** Passes a payload on and makes its SHA-256; the digest comes when the stream has ended. */
export function digesting(): {
  through: TransformStream<Uint8Array, Uint8Array>;
  digest: Promise<Bytes>;
} {
  const hash = createSha256();
  const { promise, resolve } = Promise.withResolvers<Bytes>();
  const through = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller): void {
      hash.update(chunk);
      controller.enqueue(chunk);
    },
    flush(): void {
      resolve(hash.digest());
    },
  });
  return { through, digest: promise };
}

/**
 * Signs a document that one of the identities can open. The signature is a signed note (c2sp.org/signed-note) to be kept beside it; it stays valid
 * when recipients change. @throws DocumentError as `open`
 */
export async function sign(
  parts: SignedParts,
  identities: readonly Identity[],
  { sign: signMessage, verifierKey }: Signer,
): Promise<string> {
  const text = await statement(parts, identities);
  const { name, id } = await verifier(verifierKey);
  const signature = await signMessage(new TextEncoder().encode(text));
  return `${text}\n\u2014 ${name} ${base64.encode(concat([id, signature]))}\n`;
}

/**
 * Whose of these keys has signed the document. Needs an identity: only who can open a document sees that it is the one that was signed.
 * @param verifierKeys those that are believed, `name+id+key`
 * @returns the verifier key that has signed
 * @throws DocumentError signature-invalid, or as `open`
 */
export async function verify(
  note: string,
  parts: SignedParts,
  identities: readonly Identity[],
  verifierKeys: readonly string[],
): Promise<string> {
  const text = await statement(parts, identities);
  if (!note.startsWith(`${text}\n`))
    throw new DocumentError('signature-invalid', 'the signature is of another document');
  const lines = note.slice(text.length + 1).split('\n', MAX_LINES);
  for (const verifierKey of verifierKeys) {
    const one = await verifier(verifierKey);
    for (const line of lines) if (await isSignedBy(one, text, line)) return verifierKey;
  }
  throw new DocumentError('signature-invalid', 'none of the keys that are believed has signed the document');
}

/**
 * The SHA-256 of the payload that a signature names: what of it everybody can see. Whose it is, and of which content, `verify` tells.
 * @throws DocumentError signature-invalid for what is no signature of a document
 */
export function signedDigest(note: string): Bytes {
  const [kind, digest = '', commitment = '', empty, ...rest] = note.split('\n', MAX_LINES + 5);
  const lines = rest.slice(0, -1);
  const isSignature =
    kind === KIND &&
    [digest, commitment].every((text) => decode(text).length === DIGEST_BYTES) &&
    empty === '' &&
    rest.at(-1) === '' &&
    lines.length > 0 &&
    lines.every((line) => LINE.test(line));
  if (!isSignature) throw new DocumentError('signature-invalid', 'this is no signature of a document');
  return decode(digest);
}

/** The file key is in it as a commitment: ChaCha20-Poly1305 alone allows a payload that opens differently by two keys. */
async function statement(
  { header, payloadDigest }: SignedParts,
  identities: readonly Identity[],
): Promise<string> {
  const fileKey = await unwrap(await parseHeader(header), identities);
  return [KIND, base64.encode(payloadDigest), base64.encode(derive(fileKey, KIND)), ''].join('\n');
}

async function isSignedBy({ name, id, key }: Verifier, text: string, line: string): Promise<boolean> {
  const prefix = `\u2014 ${name} `;
  if (!line.startsWith(prefix)) return false;
  const bytes = decode(line.slice(prefix.length));
  if (base64.encode(bytes.subarray(0, ID_BYTES)) !== base64.encode(id)) return false;
  return crypto.subtle.verify('Ed25519', key, bytes.slice(ID_BYTES), new TextEncoder().encode(text));
}

function decode(text: string): Bytes {
  try {
    return new Uint8Array(base64.decode(text));
  } catch {
    return new Uint8Array();
  }
}
