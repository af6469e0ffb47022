import { Conflict, PreconditionFailed } from '@careplane/kit';
import type { Transaction } from '@careplane/kit';
import { AGE_TYPE } from '../content/index.ts';
import type { Addition, ContentAdditions, Download, OpenedContent, Owner } from '../content/index.ts';

/** What comes to an age file later: headers for other recipients, and signatures. */
export type Addable = 'header' | 'signature';

/** So many versions a part may have: who may change a document must not fill the store with it. */
export const MOST_VERSIONS_OF_PART = 1_000;

/** A part as it is now, or was in this version. */
export type PartVersion = Addition;

/** An age file: a content that its recipients alone can read. */
export type SealedContent = OpenedContent & { readonly age: NonNullable<OpenedContent['age']> };

export function isSealed(content: OpenedContent): content is SealedContent {
  return content.contentType === AGE_TYPE && content.age !== undefined;
}

/**
 * Age files (decision 0031): the payload, and the header that it came with, are a content. A header for other recipients is added to the
 * content and holds from then on; the former ones stay, so that a wrong one can be put back.
 */
export class SealedDocuments {
  readonly #additions: ContentAdditions;

  constructor(additions: ContentAdditions) {
    this.#additions = additions;
  }

  /** The header that holds now. Version 1 is the one that the file came with. */
  async header(content: SealedContent): Promise<PartVersion> {
    return (await this.#additions.newest(content.id, 'header')) ?? firstHeader(content);
  }

  /** A header that held once. */
  async formerHeader(content: SealedContent, version: number): Promise<PartVersion | undefined> {
    if (version === 1) return firstHeader(content);
    return this.#additions.at({ content: content.id, name: 'header', version });
  }

  /** The signature, a signed note; version 0 while there is none. */
  async signature(content: SealedContent): Promise<PartVersion> {
    const { id: of, createdAt } = content;
    return (
      (await this.#additions.newest(of, 'signature')) ?? { version: 0, bytes: Buffer.alloc(0), createdAt }
    );
  }

  /** The file as it is downloaded: the header that holds now, and the payload. */
  async download(content: SealedContent): Promise<Download & { readonly version: number }> {
    const { version, bytes, createdAt } = await this.header(content);
    if (version === 1) return { ...content, version };
    const payload = content.size - content.age.headerBytes;
    const size = bytes.length + payload;
    return {
      contentType: content.contentType,
      createdAt,
      ...{ version, size, tag: `${content.id}.${String(version)}`, sha256: undefined },
      read: ({ start, end } = { start: 0, end: size - 1 }) => joined(bytes, content, { start, end }),
    };
  }

  /**
   * Adds the version after `after`.
   * @throws PreconditionFailed when there is one; Conflict when there are too many; TooManyRequests when `by` has brought too much
   */
  async add(
    content: SealedContent,
    { name, after, bytes, by }: { name: Addable; after: number; bytes: Uint8Array; by: Owner },
    tx: Transaction,
  ): Promise<void> {
    if (after >= MOST_VERSIONS_OF_PART)
      throw new Conflict(`There are ${String(MOST_VERSIONS_OF_PART)} versions, and no more are taken`);
    await this.#additions.add({ content: content.id, name, version: after + 1 }, { bytes, by }, tx);
  }
}

/** Whether a change that names the version `ifMatch` has been made already: its answer was lost, and it comes again. @throws PreconditionFailed */
export function isMade(present: PartVersion, ifMatch: number, bytes: Uint8Array): boolean {
  if (present.version === ifMatch) return false;
  if (present.version === ifMatch + 1 && present.bytes.equals(bytes)) return true;
  throw new PreconditionFailed();
}

async function firstHeader(content: SealedContent): Promise<PartVersion> {
  const pieces: Buffer[] = [];
  // copies: what is read is good until the next is asked for
  const range = { start: 0, end: content.age.headerBytes - 1 };
  for await (const piece of content.read(range)) pieces.push(Buffer.from(piece));
  return { version: 1, bytes: Buffer.concat(pieces), createdAt: content.createdAt };
}

async function* joined(
  header: Buffer,
  content: SealedContent,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<Buffer> {
  if (start < header.length) yield header.subarray(start, end + 1);
  const shift = content.age.headerBytes - header.length;
  if (end >= header.length)
    yield* content.read({ start: Math.max(start, header.length) + shift, end: end + shift });
}
