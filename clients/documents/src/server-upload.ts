import { createSha256 } from '#sha256';
import { base64 } from '@scure/base';
import type { Bytes, ByteStream } from './bytes.ts';
import { inChunks } from './chunks.ts';
import type { ServerCalls } from './server-calls.ts';

export interface Transfer {
  /** Is told of bytes that are sent or have come, of all that there are. */
  readonly onProgress?: (progress: { readonly bytes: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

export interface FileUploadOptions extends Transfer {
  /** `Patient/<id>`: whose record the document becomes part of. */
  readonly patient: string;
  /** Of the file. */
  readonly bytes: number;
}

/** The media type of an age file. */
export const AGE_TYPE = 'application/vnd.age';
const TUS = { 'tus-resumable': '1.0.0' } as const;
/** Bytes of one request. */
const PIECE_BYTES = 4_194_304;

/**
 * Uploads an age file in pieces (tus 1.0), each with its checksum; a piece whose answer does not come is sent again from where the server is. What
 * fails is given up.
 * @returns the id of the upload
 */
export async function uploadTo(
  calls: ServerCalls,
  file: ByteStream,
  { patient, bytes: total, onProgress, signal }: FileUploadOptions,
): Promise<string> {
  const metadata = `patient ${encoded(patient)},filetype ${encoded(AGE_TYPE)}`;
  const headers = { ...TUS, 'upload-length': String(total), 'upload-metadata': metadata };
  const begun = await calls.ask('POST /uploads', { headers, signal });
  const id = begun.headers.get('location')?.split('/').at(-1) ?? '';
  try {
    let bytes = 0;
    // a copy of each piece: its memory is used again
    const pieces = file.pipeThrough(inChunks(PIECE_BYTES, { work: (piece) => piece.slice() }));
    for await (const piece of pieces) {
      await send(calls, { id, piece, offset: bytes, signal });
      bytes += piece.length;
      onProgress?.({ bytes, total });
    }
    return id;
  } catch (error) {
    await calls.ask(`DELETE /uploads/${id}`, { headers: TUS }).catch(() => undefined); // else it is collected
    throw error;
  }
}

interface Piece {
  readonly id: string;
  readonly piece: Uint8Array;
  readonly offset: number;
  readonly signal: AbortSignal | undefined;
}

async function send(calls: ServerCalls, { id, piece, offset, signal }: Piece): Promise<void> {
  const hash = createSha256();
  hash.update(piece);
  const headers = {
    ...TUS,
    'content-type': 'application/offset+octet-stream',
    'upload-offset': String(offset),
    'upload-checksum': `sha256 ${base64.encode(hash.digest())}`,
  };
  await calls.repeat(async (attempt) => {
    // of a piece with a checksum the server has all or nothing
    if (attempt > 1 && (await offsetOf(calls, id, signal)) === offset + piece.length) return;
    await calls.ask(`PATCH /uploads/${id}`, { headers, body: piece as Bytes, signal });
  });
}

async function offsetOf(calls: ServerCalls, id: string, signal: AbortSignal | undefined): Promise<number> {
  const answer = await calls.ask(`HEAD /uploads/${id}`, { headers: TUS, signal });
  return Number(answer.headers.get('upload-offset'));
}

function encoded(text: string): string {
  return base64.encode(new TextEncoder().encode(text));
}
