import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import {
  CHUNK_BYTES,
  decodeHeader,
  PartReader,
  PartWriter,
} from '../../services/records/src/chunks/index.ts';
import type { ContentPlace } from '../../services/records/src/chunks/index.ts';

const run = promisify(execFile);
const MEGABYTE = 1e6;
const PLACE: ContentPlace = { tenant: 'bench', patient: 'Patient/1', document: 'Binary/1', version: 1 };

/** Megabytes (10^6 bytes) a second of CPU, one a round. */
export interface EncryptionFigures {
  openssl: number[];
  seal: number[];
  open: number[];
}

/** Encrypts and decrypts so many bytes in chunks in each round, and lets openssl do the same work of a second. */
export async function measureEncryption(
  { bytes, rounds }: { bytes: number; rounds: number },
  signal: AbortSignal,
): Promise<EncryptionFigures> {
  const figures: EncryptionFigures = { openssl: [], seal: [], open: [] };
  await sealAndOpen(bytes); // compiles
  for (let round = 0; round < rounds; round += 1) {
    signal.throwIfAborted();
    figures.openssl.push(await opensslSpeed());
    const { seal, open } = await sealAndOpen(bytes);
    figures.seal.push(seal);
    figures.open.push(open);
  }
  return figures;
}

/** The openssl of this machine, over blocks as large as a chunk; it divides by its own CPU, too. */
async function opensslSpeed(): Promise<number> {
  const flags = ['speed', '-mr', '-evp', 'aes-256-gcm', '-bytes', String(CHUNK_BYTES), '-seconds', '1'];
  const { stdout } = await run('openssl', flags);
  const speed = /^\+F:\d+:[^:]+:([\d.]+)$/m.exec(stdout)?.[1];
  if (speed === undefined) throw new Error('openssl speed gives no figure');
  return Number(speed) / MEGABYTE;
}

/** A content of this size is encrypted and decrypted again and again: a service keeps none in memory as a whole. */
const CONTENT_BYTES = 16 * 1024 * 1024;

async function sealAndOpen(bytes: number): Promise<{ seal: number; open: number }> {
  const piece = randomBytes(CHUNK_BYTES);
  const spent = { seal: 0, open: 0 };
  const times = Math.ceil(bytes / CONTENT_BYTES);
  for (let n = 0; n < times; n += 1) {
    const dataKey = randomBytes(32);
    const writer = new PartWriter({
      dataKey,
      place: PLACE,
      keyId: randomUUID(),
      chunkSize: CHUNK_BYTES,
      first: 0,
    });
    const sealed: Buffer[] = [];
    spent.seal += await cpuOf(() => {
      for (let at = 0; at < CONTENT_BYTES; at += piece.length) sealed.push(...writer.push(piece));
      sealed.push(...writer.end());
      return Promise.resolve();
    });
    const header = decodeHeader(writer.header);
    const reader = new PartReader({ dataKey, place: PLACE, size: CONTENT_BYTES, header });
    // As a store gives them: each chunk with its tag.
    const chunks = sealed.flatMap((body, at) =>
      at % 2 === 0 ? [Buffer.concat([body, sealed[at + 1] as Buffer])] : [],
    );
    spent.open += await cpuOf(async () => {
      let opened = 0;
      for await (const chunk of reader.read(stream(chunks), { from: 0, to: chunks.length - 1 }))
        opened += chunk.length;
      if (opened !== CONTENT_BYTES) throw new Error('not everything was decrypted');
    });
  }
  const megabytes = (times * CONTENT_BYTES) / MEGABYTE;
  return { seal: megabytes / spent.seal, open: megabytes / spent.open };
}

// eslint-disable-next-line @typescript-eslint/require-await -- a store's answer is asynchronous
async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** What the work takes of this process's CPU, in seconds. */
export async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
