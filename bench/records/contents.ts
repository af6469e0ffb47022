import { randomBytes } from 'node:crypto';
import { withTransaction } from '../../services/kit/src/index.ts';
import { noScanner } from '../../services/records/src/content/index.ts';
import { contentLab } from '../../services/records/test/content-lab.ts';
import { startUploadService } from '../../services/records/test/upload-service.ts';
import { cpuOf } from './encryption.ts';

const PIECE_BYTES = 65_536;

/** Megabytes a second of this process's CPU, one a round; MongoDB is another process. */
export interface ContentFigures {
  /** From the first byte to a content that was read again, hashed and may be attached. */
  upload: number[];
  download: number[];
  /** The same over HTTP, its client included. */
  overHttp: number[];
  megabytes: number;
}

/** Uploads a content into GridFS and downloads it, encrypted and checked as in the service, without HTTP. */
export async function measureContents(
  { bytes, rounds }: { bytes: number; rounds: number },
  signal: AbortSignal,
): Promise<ContentFigures> {
  const lab = await contentLab({ mostBytes: bytes, scanner: noScanner });
  const figures: ContentFigures = { upload: [], download: [], overHttp: [], megabytes: bytes / 1e6 };
  const service = await startUploadService(lab);
  try {
    for (let round = 0; round <= rounds; round += 1) {
      signal.throwIfAborted();
      const place = { patient: 'Patient/bench', document: 'Binary/bench', version: round + 1 };
      const { id } = await lab.content.begin(place, { contentType: 'application/pdf', size: bytes });
      const upload = await cpuOf(async () => {
        await lab.content.append(id, { offset: 0, source: document(bytes) });
        await lab.content.finish(id);
      });
      await withTransaction(lab.mongo, (tx) => lab.content.attach(id, place, tx));
      let read = 0;
      const download = await cpuOf(async () => {
        for await (const piece of (await lab.content.open(id)).read()) read += piece.length;
      });
      if (read !== bytes) throw new Error('not everything was read back');
      const overHttp = await cpuOf(async () => {
        const answer = await fetch(`${service.url ?? ''}/documents/${id}`);
        for await (const piece of answer.body ?? []) read -= (piece as Uint8Array).length;
      });
      if (read !== 0) throw new Error('not everything was downloaded');
      if (round === 0) continue; // compiles
      figures.upload.push(figures.megabytes / upload);
      figures.download.push(figures.megabytes / download);
      figures.overHttp.push(figures.megabytes / overHttp);
    }
    return figures;
  } finally {
    await service.stop();
    await lab.stop();
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
async function* document(bytes: number): AsyncGenerator<Buffer> {
  const piece = randomBytes(PIECE_BYTES);
  piece.write('%PDF-1.7\n');
  for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, left);
}
