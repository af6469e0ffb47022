import { createHash } from 'node:crypto';
import { DocumentError, isGrease, kindOf, MAX_HEADER_BYTES, parseHeader } from '@careplane/documents';
import type { RecipientKind } from '@careplane/documents';

/** The media type of an age file (c2sp.org/age), which nobody here can read. */
export const AGE_TYPE = 'application/vnd.age';

/** What an age file shows of itself. */
export interface AgeFile {
  /** Bytes of the header that it came with; the payload follows. */
  readonly headerBytes: number;
  /** SHA-256 of the payload in base64: what signatures name. */
  readonly payloadSha256: string;
}

/**
 * The kinds of the recipients for whom a header wraps the file key. Whether it fits a payload only they can tell.
 * @throws DocumentError header-malformed
 */
export async function recipientKindsOf(header: Uint8Array): Promise<readonly RecipientKind[]> {
  const { stanzas } = await parseHeader(header);
  return stanzas.filter((stanza) => !isGrease(stanza)).map(kindOf);
}

/** Looks at the bytes of an age file as they pass. */
export class AgeFileReader {
  readonly #payloadHash = createHash('sha256');
  #beginning = Buffer.alloc(0);
  #header: Buffer | undefined;
  #payloadBytes = 0;

  push(bytes: Uint8Array): void {
    if (this.#header) this.#pushPayload(bytes);
    else if (this.#beginning.length <= MAX_HEADER_BYTES) this.#pushBeginning(bytes);
  }

  /** @returns undefined for what is no whole age file, and for one that is for nobody */
  async end(): Promise<AgeFile | undefined> {
    const header = this.#header;
    if (!header || !mayBePayload(this.#payloadBytes)) return undefined;
    const isForSomebody = await wrapsForSomebody(header);
    if (!isForSomebody) return undefined;
    return { headerBytes: header.length, payloadSha256: this.#payloadHash.digest('base64') };
  }

  #pushBeginning(bytes: Uint8Array): void {
    this.#beginning = Buffer.concat([this.#beginning, bytes]);
    const end = headerEnd(this.#beginning);
    if (end === undefined) return;
    this.#header = this.#beginning.subarray(0, end);
    this.#pushPayload(this.#beginning.subarray(end));
  }

  #pushPayload(bytes: Uint8Array): void {
    this.#payloadHash.update(bytes);
    this.#payloadBytes += bytes.length;
  }
}

/** Begins the last line of a header, and none before it. */
const MAC_LINE = '\n--- ';

function headerEnd(bytes: Buffer): number | undefined {
  const at = bytes.indexOf(MAC_LINE);
  const end = at === -1 ? -1 : bytes.indexOf('\n', at + 1);
  return end === -1 ? undefined : end + 1;
}

const NONCE_BYTES = 16;
const TAG_BYTES = 16;
const SEALED_CHUNK_BYTES = 65_536 + TAG_BYTES;

/** Whether a payload may have so many bytes: each chunk has a tag, and only the one chunk of an empty content has nothing else. */
function mayBePayload(bytes: number): boolean {
  const last = (bytes - NONCE_BYTES) % SEALED_CHUNK_BYTES;
  return bytes === NONCE_BYTES + TAG_BYTES || (bytes > NONCE_BYTES && (last === 0 || last > TAG_BYTES));
}

async function wrapsForSomebody(header: Buffer): Promise<boolean> {
  try {
    return (await recipientKindsOf(header)).length > 0;
  } catch (error) {
    if (error instanceof DocumentError) return false;
    throw error;
  }
}
