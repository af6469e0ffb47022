import type { ByteStream, Bytes } from './bytes.ts';
import { newFileKey } from './file-key.ts';
import { encodeHeader, joinFile, parseHeader, splitFile } from './header.ts';
import { unwrap, type Identity } from './identities.ts';
import { decryptPayload, encryptPayload } from './payload.ts';
import { wrapForAll, type Recipient } from './recipients.ts';

/** An encrypted document in its two parts: the header changes with its recipients, the payload never. */
export interface SealedDocument {
  readonly header: Bytes;
  readonly payload: ByteStream;
}

/** Encrypts content to recipients, under a new file key. The payload is read as it is written: errors of `content` come out of it.
 * @throws DocumentError recipients-not-mixable */
export async function seal(content: ByteStream, recipients: readonly Recipient[]): Promise<SealedDocument> {
  const fileKey = newFileKey();
  const header = encodeHeader(await wrapForAll(fileKey, recipients), fileKey);
  return { header, payload: content.pipeThrough(encryptPayload(fileKey)) };
}

/** The content of a document that is in its two parts. It is whole only when its stream ends without an error. The payload of one that cannot be opened is
 * cancelled.
 * @throws DocumentError header-malformed, header-tampered, no-matching-identity */
export async function open(
  { header, payload }: { header: Uint8Array; payload: ByteStream },
  identities: readonly Identity[],
): Promise<ByteStream> {
  let fileKey: Uint8Array;
  try {
    fileKey = await unwrap(await parseHeader(header), identities);
  } catch (error) {
    await payload.cancel(error);
    throw error;
  }
  return payload.pipeThrough(decryptPayload(fileKey));
}

/** Encrypts content to a standard age file. @throws as `seal` */
export async function encrypt(content: ByteStream, recipients: readonly Recipient[]): Promise<ByteStream> {
  const { header, payload } = await seal(content, recipients);
  return joinFile(header, payload);
}

/** The content of an age file. @throws as `open` */
export async function decrypt(file: ByteStream, identities: readonly Identity[]): Promise<ByteStream> {
  const { header, payload } = await splitFile(file);
  return open({ header: header.bytes, payload }, identities);
}

/**
 * A header for other recipients of the same payload: the content is not sent again. Who is not among them can no longer open the document with the new
 * header; who kept an old header or the file key still can, for the payload and its key are the same. New content gets a new file key.
 * @param recipients all of them from now on: a header does not tell who its recipients were
 * @throws DocumentError as `open` and recipients-not-mixable
 */
export async function rewrap(
  header: Uint8Array,
  identities: readonly Identity[],
  recipients: readonly Recipient[],
): Promise<Bytes> {
  const fileKey = await unwrap(await parseHeader(header), identities);
  return encodeHeader(await wrapForAll(fileKey, recipients), fileKey);
}
