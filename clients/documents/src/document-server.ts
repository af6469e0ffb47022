import { createSha256 } from '#sha256';
import type { Bytes, ByteStream } from './bytes.ts';
import { rewrap } from './documents.ts';
import type { SealedDocument } from './documents.ts';
import { joinFile, splitFile } from './header.ts';
import type { Identity, KeyKind } from './identities.ts';
import type { PublishedKey } from './key-directory.ts';
import { payloadSize } from './payload.ts';
import type { Recipient } from './recipients.ts';
import { ServerCalls } from './server-calls.ts';
import type { DocumentServerOptions } from './server-calls.ts';
import { ServerError } from './server-error.ts';
import { AGE_TYPE, uploadTo } from './server-upload.ts';
import type { FileUploadOptions, Transfer } from './server-upload.ts';
import type { RecipientKind } from './stanza-types.ts';

export interface UploadOptions extends Omit<FileUploadOptions, 'bytes'> {
  /** Of the content, before it is encrypted. */
  readonly contentBytes: number;
}

/** A version of a part; `version` is what a change of it names. */
export interface PartOfServer {
  readonly bytes: Bytes;
  readonly version: number;
}

/** A key of the directory, as its owner has published it. */
export interface ListedKey extends PublishedKey {
  readonly id: string;
  readonly fingerprint: string;
}

/** What a key is published with. */
export type NewKey = Pick<PublishedKey, 'publicKey' | 'until'> & { readonly kind: KeyKind | 'ed25519' };

type Aborting = Pick<Transfer, 'signal'>;

/**
 * Documents at a Careplane clinic (docs/reference/sealed-documents.md). What is sent was encrypted before; what comes is opened after. Every
 * method throws ServerError for a refusal, and the signal's reason once it is aborted.
 */
export class DocumentServer {
  readonly #calls: ServerCalls;

  constructor(options: DocumentServerOptions) {
    this.#calls = new ServerCalls(options);
  }

  /** Encrypted content in its two parts, as `seal` makes it. @returns as `uploadFile` */
  upload({ header, payload }: SealedDocument, { contentBytes, ...options }: UploadOptions): Promise<string> {
    const bytes = header.length + payloadSize(contentBytes);
    return this.uploadFile(joinFile(header, payload), { ...options, bytes });
  }

  /** Uploads an age file. Nobody can read it before `attach`. @returns the id of the document */
  uploadFile(file: ByteStream, options: FileUploadOptions): Promise<string> {
    return uploadTo(this.#calls, file, options);
  }

  /**
   * Makes an upload a document of the patient's record: from here on those who may read that can download it.
   * @param about elements of a DocumentReference (FHIR R4), which the server reads; a title tells it what the document is
   * @returns the id of the DocumentReference
   */
  async attach(id: string, patient: string, about: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const resource = {
      ...{ resourceType: 'DocumentReference', status: 'current', ...about },
      subject: { reference: patient },
      content: [{ attachment: { contentType: AGE_TYPE, url: `Binary/${id}` } }],
    };
    const headers = { 'content-type': 'application/fhir+json', 'idempotency-key': `sealed-${id}` };
    // 503: looking at all of the file takes longer than a request may; asked again it is done
    const answer = await this.#calls.repeat(() =>
      this.#calls.ask('POST /fhir/R4/DocumentReference', { headers, body: JSON.stringify(resource) }),
    );
    return ((await answer.json()) as { readonly id: string }).id;
  }

  /** A document with the header that holds now. Its payload streams: cancel it when it is not read. */
  async download(id: string, { onProgress, signal }: Transfer = {}): Promise<SealedDocument> {
    const headers = { accept: AGE_TYPE };
    const answer = await this.#calls.ask(`GET /fhir/R4/Binary/${id}`, { headers, signal });
    if (!answer.body) throw new ServerError(answer.status, 'the answer has no body');
    const total = Number(answer.headers.get('content-length'));
    const { header, payload } = await splitFile(
      onProgress ? answer.body.pipeThrough(counting(total, onProgress)) : answer.body,
    );
    return { header: header.bytes, payload };
  }

  header(id: string, options: Aborting = {}): Promise<PartOfServer> {
    return this.#part(`${id}/header`, options);
  }

  /** A header that held once, for who may replace it: to put it back. */
  formerHeader(id: string, version: number, options: Aborting = {}): Promise<PartOfServer> {
    return this.#part(`${id}/header/${String(version)}`, options);
  }

  /** @param part with the version that it replaces @throws ServerError 412 when it is another one by now */
  async replaceHeader(id: string, { bytes, version }: PartOfServer): Promise<void> {
    const headers = { 'content-type': 'application/octet-stream', 'if-match': tagOf(version) };
    await this.#calls.ask(`PUT /sealed-documents/${id}/header`, { headers, body: bytes });
  }

  /**
   * Encrypts a document to these recipients from now on; the content is not sent again. Who is left out is not given it any more, and keeps what
   * they have.
   * @throws DocumentError as `rewrap`; ServerError 412 when somebody else has changed the recipients meanwhile
   */
  async share(id: string, identities: readonly Identity[], recipients: readonly Recipient[]): Promise<void> {
    const { bytes, version } = await this.header(id);
    await this.replaceHeader(id, { bytes: await rewrap(bytes, identities, recipients), version });
  }

  /** The kinds of the recipients: who they are the server does not know. */
  async recipients(id: string): Promise<readonly RecipientKind[]> {
    const answer = await this.#calls.ask(`GET /sealed-documents/${id}/recipients`);
    const { recipients } = (await answer.json()) as { readonly recipients: readonly Named[] };
    return recipients.map(({ kind }) => kind);
  }

  /** The signature of `sign`; undefined while there is none. */
  async signature(id: string): Promise<{ readonly note: string; readonly version: number } | undefined> {
    try {
      const { bytes, version } = await this.#part(`${id}/signature`, {});
      return { note: new TextDecoder().decode(bytes), version };
    } catch (error) {
      if (error instanceof ServerError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** @param version the one that it replaces; absent: there is none yet */
  async putSignature(id: string, note: string, version?: number): Promise<void> {
    const known = version === undefined ? { 'if-none-match': '*' } : { 'if-match': tagOf(version) };
    const headers = { 'content-type': 'text/plain; charset=utf-8', ...known };
    await this.#calls.ask(`PUT /sealed-documents/${id}/signature`, { headers, body: note });
  }

  /** The published keys of people (`Patient/<id>`, `Practitioner/<id>`), also those that have ended. */
  async keysOf(owners: readonly string[]): Promise<readonly ListedKey[]> {
    const query = new URLSearchParams(owners.map((owner) => ['owner', owner]));
    const answer = await this.#calls.ask(`GET /public-keys?${query.toString()}`);
    return ((await answer.json()) as { readonly items: readonly ListedKey[] }).items;
  }

  /** Publishes a key of the person who is logged in. Once more gives the same. */
  async publishKey(key: NewKey): Promise<ListedKey> {
    const headers = { 'content-type': 'application/json' };
    const answer = await this.#calls.ask('POST /public-keys', { headers, body: JSON.stringify(key) });
    return (await answer.json()) as ListedKey;
  }

  /** Nobody encrypts to the key from now on. */
  async endKey(id: string): Promise<ListedKey> {
    const answer = await this.#calls.ask(`POST /public-keys/${id}/end`);
    return (await answer.json()) as ListedKey;
  }

  async #part(path: string, { signal }: Aborting): Promise<PartOfServer> {
    const answer = await this.#calls.ask(`GET /sealed-documents/${path}`, { signal });
    const version = Number(/^W\/"(\d+)"$/.exec(answer.headers.get('etag') ?? '')?.[1]);
    return { bytes: new Uint8Array(await answer.arrayBuffer()), version };
  }
}

interface Named {
  readonly kind: RecipientKind;
}

/** The digest of a payload that is downloaded, for `verify`. It reads all of it. */
export async function digestOf(payload: ByteStream): Promise<Bytes> {
  const hash = createSha256();
  for await (const bytes of payload) hash.update(bytes);
  return hash.digest();
}

function counting(
  total: number,
  onProgress: NonNullable<Transfer['onProgress']>,
): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller): void {
      bytes += chunk.length;
      onProgress({ bytes, total });
      controller.enqueue(chunk);
    },
  });
}

function tagOf(version: number): string {
  return `W/"${String(version)}"`;
}
